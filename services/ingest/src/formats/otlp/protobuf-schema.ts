import { attributeUse, resourceNames } from './attribute-names.ts'

/** How a field is read: a scalar, or the fields of a message of its own. */
export type FieldRead = 'text' | 'hex' | 'base64' | 'number' | 'fixed64' | 'double' | 'boolean' | ProtobufMessage
/** A field that is read. */
export interface MessageField {
  readonly name: string
  readonly read: FieldRead
  readonly isList?: boolean
}
/** A protobuf message: its fields by their numbers; those that are not here are stepped over. */
export interface ProtobufMessage {
  readonly fields: ReadonlyMap<number, MessageField>
  /** Whether an attribute of this name is read; others are stepped over. */
  readonly keeps?: (name: string) => boolean
}

const message = (
  fields: Readonly<Record<number, MessageField>>,
  keeps?: ProtobufMessage['keeps'],
): ProtobufMessage => ({
  fields: new Map(Object.entries(fields).map(([number, field]) => [Number(number), field])),
  ...(keeps === undefined ? {} : { keeps }),
})

// Field numbers of opentelemetry-proto 1.x, of what is read: common, resource, trace and logs.
const anyFields = new Map<number, MessageField>([
  [1, { name: 'stringValue', read: 'text' }],
  [2, { name: 'boolValue', read: 'boolean' }],
  [3, { name: 'intValue', read: 'number' }],
  [4, { name: 'doubleValue', read: 'double' }],
  [7, { name: 'bytesValue', read: 'base64' }],
])
const anyValue: ProtobufMessage = { fields: anyFields }
const anyPair = message({ 1: { name: 'key', read: 'text' }, 2: { name: 'value', read: anyValue } })
const anyList = message({ 1: { name: 'values', read: anyValue, isList: true } })
const anyPairs = message({ 1: { name: 'values', read: anyPair, isList: true } })
// A value may be a list of values.
anyFields.set(5, { name: 'arrayValue', read: anyList }).set(6, { name: 'kvlistValue', read: anyPairs })

const pairOf = (keeps: ProtobufMessage['keeps']): ProtobufMessage =>
  message({ 1: { name: 'key', read: 'text' }, 2: { name: 'value', read: anyValue } }, keeps)
const attributes: MessageField = { name: 'attributes', read: pairOf((name) => attributeUse.has(name)), isList: true }
const resource = message({
  1: { name: 'attributes', read: pairOf((name) => resourceNames.has(name)), isList: true },
})
const scope = message({ 1: { name: 'name', read: 'text' } })
const status = message({ 3: { name: 'code', read: 'number' } })
const span = message({
  1: { name: 'traceId', read: 'hex' },
  2: { name: 'spanId', read: 'hex' },
  4: { name: 'parentSpanId', read: 'hex' },
  5: { name: 'name', read: 'text' },
  6: { name: 'kind', read: 'number' },
  7: { name: 'startTimeUnixNano', read: 'fixed64' },
  8: { name: 'endTimeUnixNano', read: 'fixed64' },
  9: attributes,
  15: { name: 'status', read: status },
})
const logRecord = message({
  1: { name: 'timeUnixNano', read: 'fixed64' },
  11: { name: 'observedTimeUnixNano', read: 'fixed64' },
  5: { name: 'body', read: anyValue },
  6: attributes,
  9: { name: 'traceId', read: 'hex' },
  12: { name: 'eventName', read: 'text' },
})
const scopeField: MessageField = { name: 'scope', read: scope }
const scopeSpans = message({ 1: scopeField, 2: { name: 'spans', read: span, isList: true } })
const scopeLogs = message({ 1: scopeField, 2: { name: 'logRecords', read: logRecord, isList: true } })
const resourceField: MessageField = { name: 'resource', read: resource }
const resourceSpans = message({ 1: resourceField, 2: { name: 'scopeSpans', read: scopeSpans, isList: true } })
const resourceLogs = message({ 1: resourceField, 2: { name: 'scopeLogs', read: scopeLogs, isList: true } })
/** What a request or a Kafka value of each signal holds. */
export const otlpDocuments = {
  traces: message({ 1: { name: 'resourceSpans', read: resourceSpans, isList: true } }),
  logs: message({ 1: { name: 'resourceLogs', read: resourceLogs, isList: true } }),
} as const
