import type { Fault } from '../../record/event-draft.ts'
import { isObject, type JsonObject } from '../../record/field-reader.ts'
import { jsonValuesMax } from '../../record/json-size.ts'
import { decodeProtobuf } from './decode-protobuf.ts'
import { otlpDocuments } from './protobuf-schema.ts'

/** The Collector's `otlp_proto`: a document begins with its first group, field 1. Traces and logs differ in the types of their fields. */
export function decodeOtlp(bytes: Buffer): { json: unknown } | Fault | null {
  if (bytes[0] !== 0x0a || bytes.length < 4) return null
  const traces = decodeProtobuf(bytes, otlpDocuments.traces, jsonValuesMax)
  if (isDocument(traces, 'spans', hasIds)) return traces
  const logs = decodeProtobuf(bytes, otlpDocuments.logs, jsonValuesMax)
  if (isDocument(logs, 'logRecords', () => true)) return logs
  // What was given up for its size or depth was understood so far.
  return [traces, logs].find((one): one is Fault => 'code' in one && one.code !== 'binary_payload') ?? null
}

function isDocument(
  decoded: { json: JsonObject } | Fault,
  list: 'spans' | 'logRecords',
  isOne: (record: unknown) => boolean,
): boolean {
  if ('code' in decoded) return false
  const records = Object.values(decoded.json)
    .flatMap((groups) => (Array.isArray(groups) ? groups : []))
    .flatMap((group: JsonObject) => listOf(group.scopeSpans ?? group.scopeLogs))
    .flatMap((scope) => listOf(isObject(scope) ? scope[list] : undefined))
  return records.length > 0 && records.every(isOne)
}

const listOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : [])

const hasIds = (span: unknown): boolean => isObject(span) && hasDigits(span.traceId, 32) && hasDigits(span.spanId, 16)
const hasDigits = (id: unknown, digits: number): boolean => typeof id === 'string' && id.length === digits
