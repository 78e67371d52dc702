import { isUtf8 } from 'node:buffer'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { AgentRegistry } from './agent-registry.ts'
import { headBytesMax, originalOf, recordBytesMax, sha256Of } from './cut-record.ts'
import type { EventDraft, Fault, FormatDraft, RejectionDraft } from './event-draft.ts'
import { isObject, type JsonObject, kindOf } from './field-reader.ts'
import { allFormats } from './formats/all-formats.ts'
import { type Format, type Headers, isFault } from './formats/format.ts'
import { nestsDeeperThan } from './json-depth.ts'
import { formatHeader, type Sender, senderOf, tenantHeader, timeMaxHeader } from './sender.ts'
import { type Settled, settleAgent } from './settle-agent.ts'

/** Deepest nesting that is read: no format needs a fifth of it. */
const depthMax = 64
/** Most values in one record: each may become a rejection, and a megabyte of `1,1,1,…` must not become a hundred. */
const valuesMax = 10_000

/** What a record is read against. */
export interface ReadContext {
  readonly registry: AgentRegistry
  /** Tenant of records that name none. */
  readonly tenant: string
  /** Latest time an event may have, milliseconds since 1970 UTC: live, a little after now; `null` for old logs. */
  readonly time_max: number | null
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
  const parsed = parseRecord(value, headers)
  if ('fault' in parsed) {
    result.rejections.push(rejectionOf(parsed.fault, 0, value, headers))
    return result
  }
  const sender = senderOf(headers)
  const values = valuesOf(parsed.json, headers)
  if (values.length > valuesMax) {
    const reason = `holds ${values.length} values, at most ${valuesMax} are read from one record: send them in several`
    result.rejections.push(rejectionOf({ code: 'too_large', reason }, 0, value, headers))
    return result
  }
  // The record's own bytes are what was sent; of a value inside an array, its JSON without spaces is.
  const whole = values.length === 1 && values[0] === parsed.json
  for (const [index, one] of values.entries()) {
    const source = whole ? value : JSON.stringify(one)
    const read = readValue(one, { source, headers, sender, context })
    if ('reason' in read) result.rejections.push(rejectionOf(read, index, source, headers))
    else result.events.push({ index, event: read })
  }
  return result
}

/** The JSON of a record, or why it has none. */
export function parseRecord(value: Buffer, headers: Headers): { json: unknown } | { fault: Fault } {
  const fault = bytesFault(value, headers)
  if (fault !== null) return { fault }
  try {
    return { json: JSON.parse(withoutByteOrderMark(value)) }
  } catch (error) {
    // The parser quotes the record, which may hold anything.
    const said = (error instanceof Error ? error.message : String(error)).replace(/[\p{Cc}\p{Cs}]/gu, '?').slice(0, 300)
    return { fault: { code: 'not_json', reason: `is not JSON: ${said}` } }
  }
}

function bytesFault(value: Buffer, headers: Headers): Fault | null {
  const length = originalOf(headers)?.length_bytes ?? value.length
  if (length > recordBytesMax || originalOf(headers) !== null)
    return { code: 'too_large', reason: `has ${length} bytes, at most ${recordBytesMax} are read` }
  if (!isUtf8(value)) return { code: 'not_utf8', reason: 'is not valid UTF-8' }
  if (nestsDeeperThan(value, depthMax))
    return { code: 'too_deep', reason: `nests arrays and objects deeper than ${depthMax}` }
  return null
}

function withoutByteOrderMark(value: Buffer): string {
  const text = value.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** The values inside: of an array its items, of a format's document its records, else the value itself. */
export function valuesOf(json: unknown, headers: Headers): readonly unknown[] {
  // In CloudEvents' binary mode headers name one event: an array would make many of one id.
  if (headers.ce_type !== undefined) return [json]
  const items: readonly unknown[] = Array.isArray(json) ? json : [json]
  if (items.length === 1) return recordsOf(items[0]) ?? items
  return items.some((item) => recordsOf(item) !== null) ? items.flatMap((item) => recordsOf(item) ?? [item]) : items
}

function recordsOf(value: unknown): readonly unknown[] | null {
  if (!isObject(value)) return null
  for (const format of allFormats) {
    const records = format.recordsOf?.(value)
    if (records !== undefined && records !== null) return records
  }
  return null
}

interface Reading {
  readonly source: Buffer | string
  readonly headers: Headers
  readonly sender: Sender
  readonly context: ReadContext
}

function readValue(value: unknown, reading: Reading): EventDraft['event'] | Fault {
  if (!isObject(value)) return { code: 'unknown_format', reason: `must be a JSON object, not ${kindOf(value)}` }
  const format = formatOf(value, reading.headers)
  if (format === null) return { code: 'unknown_format', reason: `is in none of the formats ${formatNames.join(', ')}` }
  const draft = format.read(value, reading.headers)
  if (isFault(draft)) return draft
  if (draft.time > latestTime(reading)) return aheadOfNow(draft)
  const settled = settleAgent(draft, reading.sender, reading.context)
  if ('reason' in settled) return settled
  return eventOf(draft, settled, { format: format.name, content_hash: contentHash(reading) })
}

export const formatNames: readonly string[] = allFormats.map((format) => format.name)

function formatOf(value: JsonObject, headers: Headers): Format | null {
  const named = headers[formatHeader]
  if (named !== undefined) return allFormats.find((format) => format.name === named) ?? null
  return allFormats.find((format) => format.detect(value, headers)) ?? null
}

/** A record that its door found too early stays so, though time has passed since. */
function latestTime({ context, headers }: Reading): number {
  const atDoor = headers[timeMaxHeader]
  return Math.min(
    context.time_max ?? Number.POSITIVE_INFINITY,
    atDoor === undefined ? Number.POSITIVE_INFINITY : Number(atDoor),
  )
}

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
    format: made.format,
    registered: settled.registered,
    content_hash: made.content_hash,
  }
}

/** Of the shipper's own bytes; in CloudEvents' binary mode the attributes are part of what was sent. */
function contentHash({ source, headers }: Reading): string {
  if (headers.ce_id === undefined && headers.ce_type === undefined) return sha256Of(source).slice(0, 16)
  const attributes = Object.keys(headers)
    .filter((name) => name.startsWith('ce_'))
    .sort()
    .map((name) => [name, headers[name]])
  return sha256Of(`${JSON.stringify(attributes)}\n${source.toString()}`).slice(0, 16)
}

function rejectionOf(fault: Fault, index: number, source: Buffer | string, headers: Headers): RejectionDraft {
  const bytes = typeof source === 'string' ? Buffer.from(source) : source
  const original = originalOf(headers)
  const tenant = headers[tenantHeader]
  return {
    code: fault.code,
    reason: fault.reason,
    ...(fault.path === undefined ? {} : { path: fault.path }),
    ...(tenant === undefined ? {} : { tenant: tenant.slice(0, 512) }),
    index,
    length_bytes: original?.length_bytes ?? bytes.length,
    sha256: original?.sha256 ?? sha256Of(bytes),
    head_base64: bytes.toString('base64', 0, headBytesMax),
  }
}
