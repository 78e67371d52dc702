import type { AgentEvent } from '@straylight/schemas/agent-event'
import { canonicalJson } from '@straylight/schemas/canonical-json'
import { allFormats } from '../formats/all-formats.ts'
import type { Formats } from '../formats/create-formats.ts'
import { type Headers, isBinaryEvent, isFault, isPassedOverRecord } from '../formats/format.ts'
import { type Found, type FoundValue, sourceOf } from '../framing/found.ts'
import { openRecord } from '../framing/open-record.ts'
import type { AgentRegistry } from './agent-registry.ts'
import { sha256Of } from './cut-record.ts'
import type { EventDraft, Fault, FormatDraft, PassedOverDraft, RejectionDraft } from './event-draft.ts'
import { saidBy } from './parse-record.ts'
import { rejectedAgent } from './rejected-agent.ts'
import { rejectionOf } from './rejection-of.ts'
import { type Sender, senderOf, timeMaxOf } from './sender.ts'
import { type Settled, settleAgent } from './settle-agent.ts'

/** What a record is read against. */
export interface ReadContext {
  readonly registry: AgentRegistry
  /** The setting `STRAYLIGHT_TENANT`, where it is set: tenant of records that name none. */
  readonly tenant: string | undefined
  /** Latest time an event may have, milliseconds since 1970 UTC: a little after now; `null`: any. */
  readonly time_max: number | null
  /** What is read; the formats that are built in where it is left out. */
  readonly formats?: Formats | undefined
  /** Called for what the reader itself threw: a bug of ours. The value is rejected as `reader_fault` all the same. */
  readonly onReaderFault?: ((error: unknown) => void) | undefined
}

/** What one value of a record becomes. */
export type ReadDraft = EventDraft | RejectionDraft | PassedOverDraft

export interface ReadResult {
  readonly events: EventDraft[]
  readonly rejections: RejectionDraft[]
  readonly passed_over: PassedOverDraft[]
}

/**
 * Turns one record into events, rejections and what is passed over by name: every value in it becomes exactly one of the three, whatever
 * bytes it is made of. Pure, and never throws for what a sender wrote.
 */
export function readRecord(value: Buffer, headers: Headers, context: ReadContext): ReadResult {
  const result: ReadResult = { events: [], rejections: [], passed_over: [] }
  const opened = openValues(value, headers, context)
  if ('fault' in opened) sortInto(result, unopened(opened))
  else
    for (let index = 0; index < opened.found.length; index++)
      sortInto(result, readGuarded(opened.found[index], index, opened))
  return result
}

function sortInto(result: ReadResult, read: ReadDraft): void {
  if ('event' in read) result.events.push(read)
  else if ('passed_over' in read) result.passed_over.push(read)
  else result.rejections.push(read)
}

/** The same, value by value, so that whoever reads can let others work between two of them. */
export function* readValues(
  value: Buffer,
  headers: Headers,
  context: ReadContext,
): Generator<ReadDraft, void, undefined> {
  yield* readOpened(openValues(value, headers, context))
}

/** Reads what was found in a record, value by value. */
export function* readOpened(opened: OpenedRecord | Unopened): Generator<ReadDraft, void, undefined> {
  if ('fault' in opened) yield unopened(opened)
  else for (let index = 0; index < opened.found.length; index++) yield readGuarded(opened.found[index], index, opened)
}

const unopened = ({ fault, value, headers }: Unopened): RejectionDraft => rejectionOf(fault, 0, value, { headers })

/** A record that could not be opened. */
export interface Unopened {
  readonly fault: Fault
  readonly value: Buffer
  readonly headers: Headers
}

/** A record whose wrappings were taken off, before its values are read. */
export interface OpenedRecord {
  readonly headers: Headers
  readonly context: ReadContext
  readonly sender: Sender
  readonly found: readonly Found[]
}

/** Takes off a record's wrappings. Never throws for what a sender wrote. */
export function openValues(value: Buffer, headers: Headers, context: ReadContext): OpenedRecord | Unopened {
  try {
    const sender = senderOf(headers)
    if ('reason' in sender) return { fault: sender, value, headers }
    const found = openRecord(value, headers, context.formats)
    return 'fault' in found ? { fault: found.fault, value, headers } : { headers, context, sender, found }
  } catch (error) {
    return { fault: readerFault(error, context), value, headers }
  }
}

/** The one guard around each value: whatever the reader did not foresee costs this value and no other. */
function readGuarded(found: Found | undefined, index: number, record: OpenedRecord): ReadDraft {
  const { headers, sender, context } = record
  if (found === undefined) throw new Error('a record has as many values as it was found to have')
  try {
    if (found.kind === 'passed_over') return { index, passed_over: found.name }
    if (found.kind === 'fault') {
      const of = rejectedAgent(found.value, record)
      return rejectionOf(found.fault, index, sourceOf(found), { headers: { ...headers, ...found.cut }, of })
    }
    const read = readValue(found, { headers, sender, context })
    if (isPassedOverRecord(read)) return { index, passed_over: read.passed_over }
    if (!('reason' in read)) return { index, event: read }
    return rejectionOf(read, index, sourceOf(found), { headers, of: rejectedAgent(found.value, record) })
  } catch (error) {
    return rejectionOf(readerFault(error, context), index, sourceOf(found), { headers })
  }
}

function readerFault(error: unknown, context: ReadContext): Fault {
  context.onReaderFault?.(error)
  const reason = `could not be read, by a fault of Straylight's own: ${saidBy(error)}. Its bytes are kept; report it with them`
  return { code: 'reader_fault', reason }
}

interface Reading {
  readonly headers: Headers
  readonly sender: Sender
  readonly context: ReadContext
}

function readValue(found: FoundValue, reading: Reading) {
  const { value, format } = found
  const draft = format.read(value, reading.headers)
  if (isFault(draft) || isPassedOverRecord(draft)) return draft
  if (draft.time > timeMaxFor(reading)) return aheadOfNow(draft)
  const settled = settleAgent(draft, reading.sender, reading.context)
  if ('reason' in settled) return settled
  if (draft.person && !settled.registered) return { passed_over: `${format.name} human actor` }
  const internal_destinations = reading.context.registry.internal.among(draft.destinations)
  return eventOf(draft, settled, {
    internal_destinations,
    format: format.name,
    content_hash: contentHash(found, reading.headers),
  })
}

export const formatNames: readonly string[] = allFormats.map((format) => format.name)

/** A record that its endpoint found too early stays so, though time has passed since. */
const timeMaxFor = ({ context, headers }: Reading): number =>
  Math.min(context.time_max ?? Number.POSITIVE_INFINITY, timeMaxOf(headers))

function aheadOfNow(draft: FormatDraft): Fault {
  const reason = `time: ${new Date(draft.time).toISOString()} is more than 5 minutes ahead of now: the sender's clock is wrong, or this machine's`
  return { code: 'time_out_of_range', reason, path: 'time' }
}

/** Field by field, so that every event has one shape and nothing of the draft slips through. */
function eventOf(
  draft: FormatDraft,
  settled: Settled,
  made: Pick<AgentEvent, 'format' | 'content_hash' | 'internal_destinations'>,
) {
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
    internal_destinations: made.internal_destinations,
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

/** Of the canonical form of the record; in CloudEvents' binary mode the attributes are part of what was sent. */
function contentHash(found: FoundValue, headers: Headers): string {
  const text = canonicalOf(found)
  if (!isBinaryEvent(headers)) return sha256Of(text).slice(0, 16)
  const attributes = Object.keys(headers)
    .filter((name) => name.startsWith('ce_'))
    .sort()
    .map((name) => [name, headers[name]])
  return sha256Of(`${JSON.stringify(attributes)}\n${text}`).slice(0, 16)
}

function canonicalOf({ value, format, isUnescaped, canonical }: FoundValue): string {
  if (format.contentOf !== undefined) return canonicalJson(format.contentOf(value), isUnescaped)
  return canonical ?? canonicalJson(value, isUnescaped)
}
