import type { EventReader } from '@straylight/events/event-reader'
import type { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { followSession } from '@straylight/models/session/agent-clock'
import type { LogBatch, LogRecord } from '@straylight/runtime/log/log'
import type { SetAsides } from '@straylight/runtime/set-aside/set-asides'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import type { SetAside } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import { type EventRow, eventRow } from '../count/event-row.ts'
import type { AgentClocks } from '../profiles/agent-clocks.ts'
import { leftOutMarks, type QuarantineMark, quarantineMark, verdictMarks } from '../verdicts/quarantine.ts'
import { type CopiedRecord, copyRecord } from './copy-record.ts'

/** What baseline reads events by. */
export interface EventReading {
  readonly reader: EventReader
  readonly clocks: AgentClocks
  readonly hasher: ProfileKeyHasher
  readonly asides: SetAsides
  /** The latest knowledge version published. */
  readonly versionMax: number
  /** For tests: throws where an event shall not become a row. */
  readonly onEvent?: ((event: AgentEvent) => void) | undefined
}

/** Rows of one partition's batch: each event once, in its place in its session, with the knowledge that the last marker switched on. */
export async function eventRows(reading: EventReading, batch: LogBatch): Promise<EventRow[]> {
  const { reader, clocks, hasher, asides, versionMax } = reading
  const { topic, partition, records } = batch
  let knowledge_version = reader.markerOf(partition)
  const onUnreadable = (record: LogRecord, reason: string) => asides.unreadable(record, reason)
  const items = reader.take(batch, { versionMax, onUnreadable })
  const events = items.flatMap((item) => (item.kind === 'event' ? [item.event] : []))
  await clocks.load(partition, events, records[0]?.offset ?? 0)
  const rows: EventRow[] = []
  for (const item of items) {
    if (item.kind === 'marker') {
      knowledge_version = item.version
      continue
    }
    const { event, text, offset, log_time } = item
    try {
      // As score does: the clock moves on, also for an event of which no row can be made.
      const followed = followSession(clocks.clockOf(partition, event), event, log_time)
      reading.onEvent?.(event)
      const place = { source: event.position, log: { partition, offset }, log_time, vetted: false, knowledge_version }
      rows.push(eventRow({ event, text, followed }, place, hasher))
    } catch (error) {
      asides.fault({ topic, partition, offset, timestamp: log_time, value: Buffer.from(text) }, error)
    }
  }
  return rows
}

/**
 * Copies records of the other topics into their tables, and what findings and alerts say of events into `held_out`.
 * Findings before alerts: a verdict's alert may name findings by their event alone. `words`: alerts of which a person has said
 * true or false.
 */
export async function storeCopies(
  store: Store,
  batches: readonly LogBatch[],
  asides: SetAsides,
): Promise<{ words: number }> {
  const copied = batches.flatMap(({ topic, records }) =>
    records.flatMap((record) => {
      const copy = asides.guard(record, () => copyRecord(record))
      return copy === undefined ? [] : [{ topic, copy, record }]
    }),
  )
  // What can't be read of the topic of set-asides itself is a row already: set aside again, it would come back for ever.
  for (const { topic, copy, record } of copied)
    if (copy.unreadable !== undefined && topic !== topics.setAside.name) asides.unreadable(record, copy.unreadable)
  for (const [table, rows] of byTable(copied.map(({ copy }) => copy))) await store.insert(table, rows)
  const marks: QuarantineMark[] = []
  for (const { topic, copy, record } of copied) {
    if (copy.message !== undefined) marks.push(...(asides.guard(record, () => marksOf(topic, copy.message)) ?? []))
  }
  let words = 0
  for (const alert of latestRevisions(copied.map(({ topic, copy }) => ({ topic, ...copy })))) {
    const spoken = await verdictMarks(store, alert)
    if (spoken.length > 0) words++
    marks.push(...spoken)
  }
  await store.insert('held_out', marks)
  return { words }
}

/** What a message says of an event that was not learnt. */
function marksOf(topic: string, message: unknown): QuarantineMark[] {
  if (topic === topics.setAside.name) return leftOutMarks(message as SetAside)
  if (topic !== topics.findings.name) return []
  const finding = message as Finding
  return finding.held_out ? [quarantineMark(finding)] : []
}

function byTable(copied: readonly CopiedRecord[]): Map<string, Record<string, unknown>[]> {
  const tables = new Map<string, Record<string, unknown>[]>()
  for (const { table, row } of copied) {
    const rows = tables.get(table) ?? []
    tables.set(table, rows)
    rows.push(row)
  }
  return tables
}

/** A revision has all verdicts of those before it, so the last one of a batch says it all. */
function latestRevisions(copied: readonly (CopiedRecord & { topic: string })[]): Alert[] {
  const alerts = new Map<string, Alert>()
  for (const { topic, message } of copied) {
    if (topic !== topics.alerts.name || message === undefined) continue
    const alert = message as Alert
    if (alert.revision >= (alerts.get(alert.id)?.revision ?? 0)) alerts.set(alert.id, alert)
  }
  return [...alerts.values()]
}
