import { isObject, type JsonObject, scalarText } from '../../record/field-reader.ts'
import { momentOf } from '../table/moment-of.ts'

/**
 * A span or log record as the SDKs' own exporters print it, as the group that OTLP would hold: Python's `ConsoleSpanExporter` and
 * `ConsoleLogExporter`, and what Node's SDK makes of its records (files of Gemini CLI). `null` where an object is none.
 */
export function sdkOutputOf(value: JsonObject): { signal: 'traces' | 'logs'; group: JsonObject } | null {
  if (!isObject(value.attributes)) return null
  const resource = { attributes: resourceOf(value.resource) }
  if (isSpan(value))
    return { signal: 'traces', group: { resource, scopeSpans: [{ scope: scopeOf(value), spans: [spanOf(value)] }] } }
  if (!isLog(value)) return null
  return { signal: 'logs', group: { resource, scopeLogs: [{ scope: scopeOf(value), logRecords: [logOf(value)] }] } }
}

/** Fields that only such records have at their top. */
export const sdkOutputMarks = [
  'context',
  'parent_id',
  'instrumentationScope',
  'hrTime',
  'spanContext',
  'severity_number',
] as const

const isSpan = (value: JsonObject): boolean =>
  typeof value.name === 'string' &&
  (('context' in value && 'start_time' in value) ||
    ('instrumentationScope' in value && ('traceId' in value || '_spanContext' in value || 'spanContext' in value)))

const isLog = (value: JsonObject): boolean =>
  'hrTime' in value || ('severity_number' in value && 'timestamp' in value && 'resource' in value)

function spanOf(value: JsonObject): JsonObject {
  const context = [value.context, value.spanContext, value._spanContext].find(isObject) ?? value
  const parent = [value.parentSpanContext, value.parent].find(isObject)
  return {
    name: value.name,
    kind: value.kind,
    traceId: idOf(context.trace_id ?? context.traceId),
    spanId: idOf(context.span_id ?? context.spanId ?? value.id),
    parentSpanId: idOf(value.parent_id ?? value.parentSpanId ?? parent?.spanId ?? value.parentId),
    startTimeUnixNano: nanosOf(value.start_time ?? value.startTime ?? value.timestamp),
    endTimeUnixNano: nanosOf(value.end_time ?? value.endTime ?? value.timestamp),
    attributes: value.attributes,
    status: statusOf(value.status),
  }
}

function logOf(value: JsonObject): JsonObject {
  const body = value.body ?? value._body
  return {
    timeUnixNano: nanosOf(value.hrTime ?? value.timestamp),
    observedTimeUnixNano: nanosOf(value.hrTimeObserved ?? value.observed_timestamp),
    body: isObject(body) || typeof body === 'string' ? body : undefined,
    eventName: value.eventName ?? value.event_name,
    traceId: idOf(value.trace_id),
    attributes: value.attributes,
  }
}

/** Python counts statuses by name. */
function statusOf(status: unknown): JsonObject {
  if (!isObject(status)) return {}
  return { code: status.status_code ?? status.code, message: status.description ?? status.message }
}

const scopeOf = ({ instrumentationScope, instrumentationLibrary }: JsonObject): unknown =>
  instrumentationScope ?? instrumentationLibrary ?? { name: 'sdk' }

/** Node keeps what it was given as pairs. */
function resourceOf(resource: unknown): JsonObject {
  if (!isObject(resource)) return {}
  if (isObject(resource.attributes)) return resource.attributes
  const raw = resource._rawAttributes ?? resource._attributes
  if (isObject(raw)) return raw
  const pairs: readonly unknown[] = Array.isArray(raw) ? raw.slice(0, 256) : []
  const attributes: Record<string, unknown> = Object.create(null)
  for (const pair of pairs) if (Array.isArray(pair) && typeof pair[0] === 'string') attributes[pair[0]] ??= pair[1]
  return attributes
}

const idOf = (id: unknown): unknown => (typeof id === 'string' ? id.replace(/^0x/, '') : undefined)

/** A moment of any kind as OTLP writes one: RFC 3339, microseconds, or Node's seconds with nanoseconds. */
function nanosOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const [seconds, nanos] = value.map((part) => Number(scalarText(part)))
    return `${seconds}${String(nanos ?? 0).padStart(9, '0')}`
  }
  const moment = momentOf(value)
  const milliseconds = typeof moment === 'string' ? Date.parse(moment) : Number.NaN
  return Number.isNaN(milliseconds) ? value : `${milliseconds}000000`
}
