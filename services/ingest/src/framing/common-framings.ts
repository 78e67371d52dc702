import type { Framing, Inside } from '../formats/format.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { isBase64 } from './base64.ts'
import { listNames } from './list-names.ts'
import { rowOf } from './row-of.ts'
import { bigQueryAudit, tableRows } from './table-row.ts'
import { twiceNamed } from './twice-named.ts'

function listFraming(name: string): Framing {
  return {
    name,
    marks: [name],
    open(value) {
      const list = value[name]
      if (Array.isArray(list)) return list.some(mayHoldRecord) ? list.map((item) => ({ value: item })) : null
      if (isObject(list)) return insideObject(list)
      return typeof list === 'string' ? textOrBase64(list) : null
    },
  }
}

/** A list of plain names or numbers is a field like any other. */
const mayHoldRecord = (item: unknown): boolean =>
  typeof item === 'string' ? /^\s*["{[]/.test(item) : typeof item === 'object' && item !== null

/** One record where a list was meant, or lists by topic and partition, as AWS Lambda gets them from Kafka. */
function insideObject(list: JsonObject): readonly Inside[] | null {
  const lists = Object.values(list)
  if (lists.length === 0) return null
  if (!lists.every((one) => Array.isArray(one))) return [{ value: list, optional: true }]
  const items: readonly unknown[] = lists.flat()
  return items.some(mayHoldRecord) ? items.map((item) => ({ value: item })) : null
}

/** What a string may hold: JSON, a log line, or either in base64. */
function textOrBase64(text: string): readonly Inside[] {
  if (text.includes('{')) return [{ text, optional: true }]
  if (isBase64(text)) return [{ base64: text, optional: true }]
  return hasPairs.test(text) ? [{ text, optional: true }] : []
}

/** A line of text that some format may read: fields with an equals sign. */
const hasPairs = /\b\w[\w.]*=\S/

/** Where one record lies in an envelope: `at` its field, which may hold an object, JSON text or base64; `beside` a field that must be there. */
const envelopes: readonly { readonly name: string; readonly at: string; readonly beside?: string }[] = [
  { name: 'docker', at: 'log' },
  { name: 'message', at: 'message' },
  { name: 'Message', at: 'Message' },
  { name: 'journald', at: 'MESSAGE' },
  { name: 'msg', at: 'msg' },
  { name: 'gelf', at: 'full_message' },
  { name: 'gelf', at: 'short_message' },
  { name: 'line', at: 'line' },
  { name: 'eventbridge', at: 'detail', beside: 'detail-type' },
  { name: 'event', at: 'event' },
  { name: 'body', at: 'body' },
  { name: 'sns', at: 'Sns' },
  { name: 'kinesis', at: 'kinesis' },
  { name: 'kinesis Data', at: 'Data' },
  { name: 'cloudwatch logs', at: 'awslogs' },
  { name: 'elasticsearch', at: '_source' },
  { name: 'log entry', at: 'jsonPayload' },
  { name: 'log entry text', at: 'textPayload' },
  { name: '_raw', at: '_raw' },
  { name: 'record', at: 'record' },
  { name: 'payload', at: 'payload' },
  { name: 'filebeat json', at: 'json' },
  { name: 'datadog', at: 'attributes' },
  // SQS and Event Hubs; a capture of these in JSON writes bytes.
  { name: 'Body', at: 'Body' },
  { name: 'bytes', at: 'bytes' },
  // Log Analytics' tables of containers.
  { name: 'container log', at: 'LogMessage' },
  { name: 'container log', at: 'LogEntry' },
  // Azure's diagnostic settings: AKS writes the API server's line there, and Log Analytics beside it.
  { name: 'azure properties', at: 'properties' },
  { name: 'azure log', at: 'log_s' },
]

function envelopeFraming({ name, at, beside }: (typeof envelopes)[number]): Framing {
  return {
    name,
    marks: [at],
    open(value) {
      if (beside !== undefined && !(beside in value)) return null
      const inner = value[at]
      if (typeof inner === 'string') return textOrBase64(inner)
      if (isBytes(inner)) return [{ text: Buffer.from(inner).toString(), optional: true }]
      return isObject(inner) ? [{ value: inner, optional: true }] : null
    },
  }
}

/** How journald writes a line that is not plain ASCII. */
const isBytes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((byte) => Number.isInteger(byte) && Number(byte) >= 0 && Number(byte) < 256)

/** Loki's answers: a stream with its lines. */
const lokiStream: Framing = {
  name: 'loki',
  marks: ['stream'],
  whole: true,
  open({ stream, values }) {
    if (!isObject(stream) || !Array.isArray(values) || values.length === 0) return null
    const texts = values.map((line: unknown) => (Array.isArray(line) && typeof line[1] === 'string' ? line[1] : null))
    return texts.includes(null) ? null : texts.map((text) => ({ text: text ?? '' }))
  },
}

/** Rows with their columns' names beside them: answers of Log Analytics. */
const columnsAndRows: Framing = {
  name: 'columns and rows',
  marks: ['columns', 'tables'],
  whole: true,
  open({ columns, rows, tables }) {
    if (Array.isArray(tables)) return tables.length === 0 ? null : tables.map((table: unknown) => ({ value: table }))
    if (!Array.isArray(columns) || !Array.isArray(rows) || rows.length === 0) return null
    const names = columns.map((column: unknown) => (isObject(column) ? column.name : column))
    const doubled = twiceNamed(names)
    if (doubled !== null) return doubled
    return rows.map((row: unknown) => ({ value: Array.isArray(row) ? rowOf(names, row) : row }))
  },
}

/** Loki's push: streams of `[time, line, metadata?]`. */
const loki: Framing = {
  name: 'loki',
  marks: ['streams'],
  open({ streams }) {
    if (!Array.isArray(streams)) return null
    const lines = streams.flatMap((stream: unknown) =>
      isObject(stream) && Array.isArray(stream.values) ? stream.values : [],
    )
    const texts = lines.map((line: unknown) => (Array.isArray(line) && typeof line[1] === 'string' ? line[1] : null))
    if (texts.length === 0 || texts.includes(null)) return null
    return texts.map((text) => ({ text: text ?? '' }))
  },
}

/** Kafka Connect's JSON converter with schemas: the record is the payload; none is a tombstone. */
const connect: Framing = {
  name: 'connect',
  marks: ['payload'],
  open(value) {
    if (!('schema' in value)) return null
    const { payload } = value
    if (payload === null) return { passed_over: 'tombstone' }
    if (typeof payload === 'string') return [{ text: payload }]
    return [{ value: payload }]
  },
}

/** Debezium's envelope: of a row that came or changed its new state is read; one that was deleted tells of no action. */
const debezium: Framing = {
  name: 'debezium',
  marks: ['after', 'op'],
  open({ op, after, before, source, ts_ms }) {
    if (
      typeof op !== 'string' ||
      (after === undefined && before === undefined && source === undefined && ts_ms === undefined)
    )
      return null
    if (isObject(after)) return [{ value: after }]
    if (typeof after === 'string') return [{ text: after }]
    if (op === 'd') return { passed_over: 'debezium delete' }
    return op === 't' || op === 'm' ? { passed_over: 'debezium control' } : null
  },
}

/** Action lines that stand between the documents of an Elasticsearch bulk body. */
const bulkActions = ['index', 'create', 'update', 'delete']
const bulk: Framing = {
  name: 'elasticsearch bulk',
  marks: bulkActions,
  open(value) {
    const [only, ...others] = Object.keys(value)
    const isAction = only !== undefined && bulkActions.includes(only) && others.length === 0 && isObject(value[only])
    return isAction ? { passed_over: 'elasticsearch bulk action' } : null
  },
}

/** Wrappings that belong to no format. */
export const commonFramings: readonly Framing[] = [
  connect,
  debezium,
  loki,
  lokiStream,
  columnsAndRows,
  bulk,
  bigQueryAudit,
  ...tableRows,
  ...envelopes.map(envelopeFraming),
  ...listNames.map(listFraming),
]
