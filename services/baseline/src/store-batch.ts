import { followSession } from '@straylight/models/agent-clock'
import type { EventReader } from '@straylight/runtime/event-reader'
import type { LogBatch } from '@straylight/runtime/log'
import type { Store } from '@straylight/runtime/store'
import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import type { AgentClocks } from './agent-clocks.ts'
import { type CopiedRecord, copyRecord } from './copy-record.ts'
import { type EventRow, eventRow } from './event-row.ts'
import { type HeldOutMark, heldMark, verdictMarks } from './held-out.ts'

/** Rows of one partition's batch: each event once, in its place in its session, with the knowledge that the last marker switched on. */
export async function eventRows(reader: EventReader, clocks: AgentClocks, batch: LogBatch): Promise<EventRow[]> {
  const { partition, records } = batch
  let knowledge_version = reader.markerOf(partition)
  const items = reader.take(batch)
  const events = items.flatMap((item) => (item.kind === 'event' ? [item.event] : []))
  await clocks.load(partition, events, records[0]?.offset ?? 0)
  const rows: EventRow[] = []
  for (const item of items) {
    if (item.kind === 'marker') {
      knowledge_version = item.version
      continue
    }
    const { event, text, offset, log_time } = item
    const followed = followSession(clocks.clockOf(partition, event), event, log_time)
    const place = { source: event.position, log: { partition, offset }, log_time, vetted: false, knowledge_version }
    rows.push(eventRow(event, text, followed, place))
  }
  return rows
}

/**
 * Copies records of the other topics into their tables, and what findings and alerts say of events into `held_out`.
 * Findings before alerts: a verdict's alert may name findings by their event alone. `words`: alerts of which a person has said
 * true or false.
 */
export async function storeCopies(store: Store, batches: readonly LogBatch[]): Promise<{ words: number }> {
  const copied = batches.flatMap(({ topic, records }) => records.map((record) => ({ topic, ...copyRecord(record) })))
  for (const [table, rows] of byTable(copied)) await store.insert(table, rows)
  const marks: HeldOutMark[] = []
  for (const { topic, message } of copied) {
    if (topic !== topics.findings.name || message === undefined) continue
    const finding = message as Finding
    if (finding.held_out) marks.push(heldMark(finding))
  }
  let words = 0
  for (const alert of latestRevisions(copied)) {
    const spoken = await verdictMarks(store, alert)
    if (spoken.length > 0) words++
    marks.push(...spoken)
  }
  await store.insert('held_out', marks)
  return { words }
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
