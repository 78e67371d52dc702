import type { AgentEvent } from '@straylight/schemas/agent-event'
import { allFormats } from '../formats/all-formats.ts'
import { type Format, type Headers, isBinaryEvent, isFault } from '../formats/format.ts'
import type { AgentRegistry } from './agent-registry.ts'
import { sha256Of } from './cut-record.ts'
import type { EventDraft, Fault, FormatDraft, RejectionDraft } from './event-draft.ts'
import { isObject, type JsonObject, jsonKindOf } from './field-reader.ts'
import { parseRecord, saidBy } from './parse-record.ts'
import { rejectedAgent } from './rejected-agent.ts'
import { rejectionOf } from './rejection-of.ts'
import { formatHeader, type Sender, senderOf, timeMaxOf } from './sender.ts'
import { type Settled, settleAgent } from './settle-agent.ts'
import { valuesOf } from './values-of.ts'

/** Most values in one record: each may become a rejection, and a megabyte of `1,1,1,…` must not become a hundred. */
const valuesMax = 10_000

/** What a record is read against. */
export interface ReadContext {
  readonly registry: AgentRegistry
  /** Tenant of records that name none. */
  readonly tenant: string
  /** Latest time an event may have, milliseconds since 1970 UTC: live, a little after now; `null` for old logs. */
  readonly time_max: number | null
  /** Called for what the reader itself threw: a bug of ours. The value is rejected as `reader_fault` all the same. */
  readonly onReaderFault?: ((error: unknown) => void) | undefined
}

export interface ReadResult {
  readonly events: EventDraft[]
  readonly rejections: RejectionDraft[]
}

/**
 * Turns one record into events and rejections: every value in it becomes exactly one of the two, whatever bytes it
 * is made of. Pure, and never throws for what a sender wrote.
 */
export function readRecord(value: Buffer, headers: Headers, context: ReadContext): ReadResult {
  const result: ReadResult = { events: [], rejections: [] }
  for (const read of readValues(value, headers, context)) {
    if ('event' in read) result.events.push(read)
    else result.rejections.push(read)
  }
  return result
}

/** The same, value by value, so that whoever reads can let others work between two of them. */
export function* readValues(
  value: Buffer,
  headers: Headers,
  context: ReadContext,
): Generator<EventDraft | RejectionDraft, void, undefined> {
  const opened = openRecord(value, headers, context)
  if ('fault' in opened) yield rejectionOf(opened.fault, 0, value, { headers })
  else for (let index = 0; index < opened.values.length; index++) yield readGuarded(opened.values[index], index, opened)
}

interface OpenedRecord {
  readonly value: Buffer
  readonly headers: Headers
  readonly context: ReadContext
  readonly sender: Sender
  readonly values: readonly unknown[]
  /** The record is its only value: its own bytes are what was sent. Of a value inside an array, its JSON without spaces is. */
  readonly whole: boolean
}

function openRecord(value: Buffer, headers: Headers, context: ReadContext): OpenedRecord | { fault: Fault } {
  try {
    const parsed = parseRecord(value, headers)
    if ('fault' in parsed) return parsed
    const sender = senderOf(headers)
    if ('reason' in sender) return { fault: sender }
    const values = valuesOf(parsed.json, headers)
    if (values.length > valuesMax) {
      const reason = `holds ${values.length} values, at most ${valuesMax} are read from one record: send them in several`
      return { fault: { code: 'too_large', reason } }
    }
    return { value, headers, context, sender, values, whole: values.length === 1 && values[0] === parsed.json }
  } catch (error) {
    return { fault: readerFault(error, context) }
  }
}

/** The one guard around each value: whatever the reader did not foresee costs this value and no other. */
function readGuarded(one: unknown, index: number, record: OpenedRecord): EventDraft | RejectionDraft {
  const { headers, sender, context } = record
  let source: Buffer | string = record.value
  try {
    if (!record.whole) source = JSON.stringify(one)
    const read = readValue(one, { source, headers, sender, context })
    if (!('reason' in read)) return { index, event: read }
    return rejectionOf(read, index, source, { headers, of: rejectedAgent(one, record) })
  } catch (error) {
    return rejectionOf(readerFault(error, context), index, source, { headers })
  }
}

function readerFault(error: unknown, context: ReadContext): Fault {
  context.onReaderFault?.(error)
  const reason = `could not be read, by a fault of Straylight's own: ${saidBy(error)}. Its bytes are kept; report it with them`
  return { code: 'reader_fault', reason }
}

interface Reading {
  readonly source: Buffer | string
  readonly headers: Headers
  readonly sender: Sender
  readonly context: ReadContext
}

function readValue(value: unknown, reading: Reading): EventDraft['event'] | Fault {
  if (!isObject(value)) return notObject(value)
  const format = formatOf(value, reading.headers)
  if (format === null) return inNoFormat(value)
  const draft = format.read(value, reading.headers)
  if (isFault(draft)) return draft
  if (draft.time > latestTime(reading)) return aheadOfNow(draft)
  const settled = settleAgent(draft, reading.sender, reading.context)
  if ('reason' in settled) return settled
  return eventOf(draft, settled, { format: format.name, content_hash: contentHash(reading) })
}

function notObject(value: unknown): Fault {
  const isEmpty = Array.isArray(value) && value.length === 0
  const reason = isEmpty ? 'is an empty array: it holds no event' : `must be a JSON object, not ${jsonKindOf(value)}`
  return { code: 'unknown_format', reason }
}

function inNoFormat({ Records: records }: JsonObject): Fault {
  if (records === undefined)
    return { code: 'unknown_format', reason: `is in none of the formats ${formatNames.join(', ')}` }
  const wrong = Array.isArray(records) ? 'is empty: it holds no event' : `must be an array, not ${jsonKindOf(records)}`
  return { code: 'unknown_format', reason: `Records: ${wrong}`, path: 'Records' }
}

export const formatNames: readonly string[] = allFormats.map((format) => format.name)

function formatOf(value: JsonObject, headers: Headers): Format | null {
  const named = headers[formatHeader]
  if (named !== undefined) return allFormats.find((format) => format.name === named) ?? null
  return allFormats.find((format) => format.detect(value, headers)) ?? null
}

/** A record that its endpoint found too early stays so, though time has passed since. */
const latestTime = ({ context, headers }: Reading): number =>
  Math.min(context.time_max ?? Number.POSITIVE_INFINITY, timeMaxOf(headers))

function aheadOfNow(draft: FormatDraft): Fault {
  const reason = `time: ${new Date(draft.time).toISOString()} is more than 5 minutes ahead of now: the sender's clock is wrong`
  return { code: 'time_out_of_range', reason, path: 'time' }
}

/** Field by field, so that every event has one shape and nothing of the draft slips through. */
function eventOf(draft: FormatDraft, settled: Settled, made: Pick<AgentEvent, 'format' | 'content_hash'>) {
  return {
    id: draft.id,
    time: draft.time,
    tenant: settled.tenant,
    agent: settled.agent,
    owner: settled.owner,
    session: draft.session,
    trace: draft.trace,
    parent_agent: settled.parent_agent,
    credential: draft.credential,
    privilege: draft.privilege,
    tool: draft.tool,
    system: draft.system,
    resource: draft.resource,
    action: draft.action,
    destinations: draft.destinations,
    argument_names: draft.argument_names,
    bytes_sent: draft.bytes_sent,
    bytes_received: draft.bytes_received,
    records: draft.records,
    outcome: draft.outcome,
    source: draft.source,
    argument_values: draft.argument_values,
    result_values: draft.result_values,
    request_values: draft.request_values,
    context_values: draft.context_values,
    signals: draft.signals,
    dropped_fields: draft.dropped_fields,
    format: made.format,
    registered: settled.registered,
    content_hash: made.content_hash,
    proven: settled.proven,
  }
}

/** Of the shipper's own bytes; in CloudEvents' binary mode the attributes are part of what was sent. */
function contentHash({ source, headers }: Reading): string {
  if (!isBinaryEvent(headers)) return sha256Of(source).slice(0, 16)
  const attributes = Object.keys(headers)
    .filter((name) => name.startsWith('ce_'))
    .sort()
    .map((name) => [name, headers[name]])
  return sha256Of(`${JSON.stringify(attributes)}\n${source.toString()}`).slice(0, 16)
}
