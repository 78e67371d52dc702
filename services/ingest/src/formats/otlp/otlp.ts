import { cutText } from '@straylight/schemas/cut-text'
import type { Fault, FormatDraft } from '../../record/event-draft.ts'
import { isObject, type JsonObject } from '../../record/field-reader.ts'
import type { Format, PassedOver } from '../format.ts'
import { readNative } from '../native.ts'
import { actionOf } from './action-of.ts'
import { codingAgentEventOf } from './agent-log-events.ts'
import { decodeOtlp } from './decode-otlp.ts'
import { otlpFramings } from './otlp-framings.ts'
import { passedOverNames } from './otlp-record.ts'

/**
 * OpenTelemetry's traces and logs (OTLP) in JSON and protobuf. A document is taken apart by `otlp-framings.ts` into one record a span or log
 * record, which stands alone and holds no content (`otlp-record.ts`); what an action is made of stands in `attribute-names.ts`.
 */
export const otlp: Format = {
  name: 'otlp',
  title: 'OpenTelemetry traces and logs (OTLP) of agents, tools and MCP',
  marks: ['otlp'],
  detect: (value) => (value.otlp === 'span' || value.otlp === 'log') && value.kit === undefined,
  leavesOutContents: true,
  framings: otlpFramings,
  decode: (bytes) => decodeOtlp(bytes),
  contentOf,
  read,
}

function read(value: JsonObject): FormatDraft | PassedOver | Fault {
  if (typeof value.passed_over === 'string') return { passed_over: knownName(value.passed_over) }
  if (typeof value.doubled === 'string') return doubledAttribute(value.doubled)
  const action = actionOf(value)
  if ('code' in action) return action
  const draft = readNative(action.native)
  return 'code' in draft ? draft : Object.assign(draft, { names: action.names, tenant_hint: action.tenant_hint })
}

/** What a span says itself: it is the same with other spans around it, and in JSON and protobuf. */
function contentOf(value: JsonObject): unknown {
  const { otlp: of, traceId, spanId, name, timeUnixNano, isPart, isError, kind, attributes, resource, contents } = value
  const measured: unknown[] = isObject(contents) ? [contents.sent, contents.received, contents.argument_names] : []
  return [of, traceId, spanId, name, timeUnixNano, isPart, isError, kind, attributes, resource, measured].map(orNull)
}

const orNull = (value: unknown): unknown => (Array.isArray(value) ? value.map(orNull) : (value ?? null))

/** Names are counted: what else a sender writes there is no name. */
function knownName(name: string): string {
  return ours.has(name) ? name : (codingAgentEventOf(name)?.passed_over ?? passedOverNames.other)
}

const ours: ReadonlySet<string> = new Set<string>(Object.values(passedOverNames))

function doubledAttribute(name: string): Fault {
  const path = cutText(name.replace(/[\p{Cc}\p{Cs}]/gu, '?'), 200)
  return {
    code: 'duplicate_key',
    reason: `${path}: stands twice among the attributes, so that two readers may read two values`,
    path,
  }
}
