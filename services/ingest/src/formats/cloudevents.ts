import { cutText } from '@straylight/schemas/cut-text'
import type { Fault } from '../record/event-draft.ts'
import { isObject, type JsonObject, jsonKindOf } from '../record/field-reader.ts'
import { jsonFault } from '../record/json-size.ts'
import { type Format, type Headers, isBinaryEvent } from './format.ts'
import { readNative } from './native.ts'

const eventType = 'agent.action.v1'

/**
 * CloudEvents 1.0 whose data is the native form. Structured: the value is the envelope (a batch is an array of them).
 * Binary: the value is the data and the attributes are headers `ce_…`, as its Kafka binding has them; the HTTP endpoint
 * renames `ce-…` to that.
 */
export const cloudevents: Format = {
  name: 'cloudevents',
  detect: (value, headers) => isBinaryEvent(headers) || ('specversion' in value && 'type' in value),
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
  if (type === eventType) return null
  const given = typeof type === 'string' ? `"${cutText(type, 100)}"` : jsonKindOf(type)
  return { code: 'unknown_format', reason: `type: only "${eventType}" is read, not ${given}`, path: 'type' }
}

function dataOf(envelope: JsonObject): { data: JsonObject } | { fault: Fault } {
  const { data, data_base64: base64 } = envelope
  if (isObject(data)) return { data }
  if (typeof base64 === 'string') return decoded(base64)
  const path = data === undefined && base64 !== undefined ? 'data_base64' : 'data'
  const reason = `${path}: must hold the event in the native form, not ${jsonKindOf(envelope[path])}`
  return { fault: { code: 'invalid_field', reason, path } }
}

/** The JSON inside `data_base64` keeps the bounds of a record's. */
function decoded(base64: string): { data: JsonObject } | { fault: Fault } {
  const fault: Fault = {
    code: 'invalid_field',
    reason: 'data_base64: must be the base64 of a JSON object in UTF-8',
    path: 'data_base64',
  }
  try {
    const bytes = Buffer.from(base64, 'base64')
    const tooMuch = jsonFault(bytes)
    if (tooMuch !== null)
      return { fault: { ...tooMuch, reason: `data_base64: ${tooMuch.reason}`, path: 'data_base64' } }
    const data: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isObject(data) ? { data } : { fault }
  } catch {
    return { fault }
  }
}

/** What the data does not say, the envelope may: the data is the agent's own word, the envelope the courier's. */
function withAttributes(data: JsonObject, envelope: JsonObject): JsonObject {
  return {
    ...data,
    id: data.id ?? envelope.id,
    time: data.time ?? envelope.time,
    agent: data.agent ?? envelope.subject,
    trace: data.trace ?? traceOf(envelope.traceparent),
  }
}

/** The trace id of a W3C `traceparent` (version-trace-parent-flags); a broken one is unknown, as that standard asks. */
function traceOf(traceparent: unknown): string | undefined {
  if (typeof traceparent !== 'string') return undefined
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1]
}
