import { cutText } from '@straylight/schemas/cut-text'
import { doubledFault } from '../record/doubled-names.ts'
import type { Fault } from '../record/event-draft.ts'
import { isObject, type JsonObject, jsonKindOf } from '../record/field-reader.ts'
import { parseJson } from '../record/parse-record.ts'
import { agentActionType, type Format, type Framing, type Headers, type Inside, isBinaryEvent } from './format.ts'
import { native, readNative } from './native.ts'

/** What an envelope of another type carries: Eventarc's hold audit logs, Event Grid's and Knative's whatever was sent. */
function carried({ type, data, data_base64: base64 }: JsonObject): Inside | null {
  if (typeof type !== 'string' || type === agentActionType) return null
  // The native form has a type of its own.
  if (isObject(data) && native.detect(data)) return null
  if (isObject(data) || Array.isArray(data)) return { value: data, optional: true }
  if (typeof data === 'string') return { text: data, optional: true }
  return typeof base64 === 'string' ? { base64, optional: true } : null
}

const courier: Framing = {
  name: 'cloudevents data',
  marks: ['specversion'],
  open(value) {
    const inside = 'type' in value ? carried(value) : null
    return inside === null ? null : [inside]
  },
}

/**
 * CloudEvents 1.0 whose data is the native form. Structured: the value is the envelope (a batch is an array of them).
 * Binary: the value is the data and the attributes are headers `ce_…`, as its Kafka binding has them; the HTTP endpoint
 * renames `ce-…` to that.
 */
export const cloudevents: Format = {
  name: 'cloudevents',
  title: 'CloudEvents 1.0 of type `agent.action.v1`, structured, binary or in batches',
  marks: ['specversion'],
  // Binary mode is known by its headers, before any format is asked.
  detect: (value) => 'specversion' in value && 'type' in value && carried(value) === null,
  framings: [courier],
  read(value, headers) {
    const binary = isBinaryEvent(headers)
    const envelope = binary ? attributesOf(headers) : value
    const found = binary ? { data: value } : dataOf(envelope)
    const fault = envelopeFault(envelope) ?? ('fault' in found ? found.fault : null)
    return fault ?? readNative(withAttributes('data' in found ? found.data : {}, envelope))
  },
}

function attributesOf(headers: Headers): JsonObject {
  const attributes: Record<string, unknown> = Object.create(null)
  for (const name of Object.keys(headers)) if (name.startsWith('ce_')) attributes[name.slice(3)] = headers[name]
  return attributes
}

function envelopeFault(envelope: JsonObject): Fault | null {
  const { specversion, type } = envelope
  if (specversion !== '1.0')
    return { code: 'unknown_format', reason: 'specversion: only CloudEvents 1.0 is read', path: 'specversion' }
  if (type === agentActionType) return null
  const given = typeof type === 'string' ? `"${cutText(type, 100)}"` : jsonKindOf(type)
  return { code: 'unknown_format', reason: `type: only "${agentActionType}" is read, not ${given}`, path: 'type' }
}

function dataOf(envelope: JsonObject): { data: JsonObject } | { fault: Fault } {
  const { data, data_base64: base64 } = envelope
  if (isObject(data)) return { data }
  // A datacontenttype other than JSON makes the data a text, which may be JSON all the same.
  if (typeof data === 'string') return decoded(Buffer.from(data), 'data')
  if (typeof base64 === 'string') return decoded(Buffer.from(base64, 'base64'), 'data_base64')
  const path = data === undefined && base64 !== undefined ? 'data_base64' : 'data'
  const reason = `${path}: must hold the event in the native form, not ${jsonKindOf(envelope[path])}`
  return { fault: { code: 'invalid_field', reason, path } }
}

/** The JSON inside `data` or `data_base64` keeps the bounds of a record's, and its names may not be doubled either. */
function decoded(bytes: Buffer, path: 'data' | 'data_base64'): { data: JsonObject } | { fault: Fault } {
  const parsed = parseJson(bytes)
  const isKept = 'fault' in parsed && parsed.fault.code !== 'not_json' && parsed.fault.code !== 'not_utf8'
  if (isKept) return { fault: { ...parsed.fault, reason: `${path}: ${parsed.fault.reason}`, path } }
  if ('json' in parsed && isObject(parsed.json)) {
    const doubled = doubledFault(parsed.json, parsed.doubled)
    if (doubled === null) return { data: parsed.json }
    const at = `${path}.${doubled.path}`
    return { fault: { ...doubled, reason: `${path}.${doubled.reason}`, path: at } }
  }
  const what =
    path === 'data' ? 'the event in the native form, or its JSON as a text' : 'the base64 of a JSON object in UTF-8'
  const reason = `${path}: must ${path === 'data' ? 'hold' : 'be'} ${what}`
  return { fault: { code: 'invalid_field', reason, path } }
}

/** What the data does not say, the envelope may: the data is the agent's own word, the envelope the courier's. */
function withAttributes(data: JsonObject, envelope: JsonObject): JsonObject {
  // Name by name: what is written behind a spread is several times slower.
  return {
    id: data.id ?? envelope.id,
    time: data.time ?? envelope.time,
    tenant: data.tenant,
    agent: data.agent ?? envelope.subject,
    owner: data.owner,
    session: data.session,
    trace: data.trace ?? traceOf(envelope.traceparent),
    parent_agent: data.parent_agent,
    credential: data.credential,
    privilege: data.privilege,
    tool: data.tool,
    system: data.system,
    resource: data.resource,
    action: data.action,
    destinations: data.destinations,
    argument_names: data.argument_names,
    bytes_sent: data.bytes_sent,
    bytes_received: data.bytes_received,
    records: data.records,
    outcome: data.outcome,
    source: data.source,
    argument_values: data.argument_values,
    result_values: data.result_values,
    request_values: data.request_values,
    context_values: data.context_values,
    signals: data.signals,
    dropped_fields: data.dropped_fields,
  }
}

/** The trace id of a W3C `traceparent` (version-trace-parent-flags); a broken one is unknown, as that standard asks. */
function traceOf(traceparent: unknown): string | undefined {
  if (typeof traceparent !== 'string') return undefined
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1]
}
