import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import { isObject, type JsonObject } from '../../record/field-reader.ts'
import type { Format, Framing, Inside } from '../format.ts'
import { otlp } from '../otlp/otlp.ts'
import { readSpans } from '../otlp/read-spans.ts'
import { relateSpans } from '../otlp/relate-spans.ts'
import { momentOf } from '../table/moment-of.ts'

/** A span in a kit's own form, as OTLP's reader takes it: attributes by their names, texts for what is an object. */
export interface KitSpan {
  readonly id: unknown
  readonly trace: unknown
  readonly parent: unknown
  readonly name: unknown
  /** Moments as the kit writes them. */
  readonly start: unknown
  readonly end: unknown
  readonly attributes: JsonObject
  /** What stands for a resource: `service.name`, where nothing else names the agent, and `tenant.id`. */
  readonly resource: JsonObject
  readonly isError: boolean
  /** Text of its error. */
  readonly error?: unknown
}

/** A kit for agents that writes spans in a form of its own. */
export interface SpanKit {
  readonly name: string
  readonly title: string
  /** Field names of which each of its spans has one. */
  readonly marks: readonly string[]
  isSpan(value: JsonObject): boolean
  spanOf(value: JsonObject): KitSpan
  /** Its documents: where their spans stand, and `null` where an object is no such document. */
  readonly documents: readonly {
    readonly marks: readonly string[]
    spansIn(value: JsonObject): readonly JsonObject[] | null
  }[]
}

/** Spans of one document that are read: more stand in none but one that was made for it. */
const spansMax = 10_000

/**
 * The format of such a kit. Its spans become what OTLP's become, with the same words for who acts and which tool is called, so that one agent
 * is one agent by either way; contents are measured and let go.
 */
export function kitFormat(kit: SpanKit): Format {
  return {
    name: kit.name,
    title: kit.title,
    marks: ['kit'],
    detect: (value) => value.kit === kit.name && value.otlp === 'span',
    leavesOutContents: true,
    framings: framingsOf(kit),
    ...(otlp.contentOf === undefined ? {} : { contentOf: otlp.contentOf }),
    read: otlp.read,
  }
}

function framingsOf(kit: SpanKit): Framing[] {
  const single: Framing = {
    name: kit.name,
    marks: kit.marks,
    whole: true,
    open: (value, hasher) => (kit.isSpan(value) ? opened(kit, [value], hasher) : null),
  }
  const documents = kit.documents.map(
    ({ marks, spansIn }): Framing => ({
      name: `${kit.name} document`,
      marks,
      whole: true,
      open(value, hasher) {
        const spans = spansIn(value)
        return spans === null || spans.length === 0 ? null : opened(kit, spans.slice(0, spansMax), hasher)
      },
    }),
  )
  return [...documents, single]
}

function opened(kit: SpanKit, values: readonly JsonObject[], hasher: ValueHasher | null): Inside[] {
  const groups = values.map((value) => groupOf(kit.spanOf(value)))
  const inside: Inside[] = []
  for (const record of relateSpans(readSpans(groups), hasher)) inside.push({ value: { ...record, kit: kit.name } })
  return inside
}

function groupOf({ id, trace, parent, name, start, end, attributes, resource, isError, error }: KitSpan): JsonObject {
  const span = {
    traceId: textOf(trace ?? id),
    spanId: textOf(id),
    parentSpanId: textOf(parent),
    name,
    startTimeUnixNano: nanosOf(start),
    endTimeUnixNano: nanosOf(end ?? start),
    attributes,
    status: isError ? { code: 2, message: error } : {},
  }
  return { resource: { attributes: resource }, scopeSpans: [{ scope: { name: 'kit' }, spans: [span] }] }
}

const textOf = (id: unknown): unknown => (typeof id === 'number' ? String(id) : id)

/** A moment as OTLP writes one; what is none stays, for the reader to refuse. */
function nanosOf(value: unknown): unknown {
  const moment = momentOf(value)
  const milliseconds = typeof moment === 'string' ? Date.parse(moment) : Number.NaN
  return Number.isNaN(milliseconds) ? value : `${milliseconds}000000`
}

/** Contents as text, which OTLP's reader measures; what is not there stays away. */
export const contentText = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : typeof value === 'string' ? value : JSON.stringify(value)

/** The objects of a list, where all are spans of a kind or at least the first one is. */
export function spansOfList(list: unknown, isSpan: (value: JsonObject) => boolean): readonly JsonObject[] | null {
  if (!Array.isArray(list)) return null
  const objects = list.filter(isObject)
  return objects.some(isSpan) && objects.length === list.length ? objects : null
}
