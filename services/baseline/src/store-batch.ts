import { followSession } from '@straylight/models/agent-clock'
import type { EventReader, ReadEvent } from '@straylight/runtime/event-reader'
import type { LogBatch } from '@straylight/runtime/log'
import type { Store } from '@straylight/runtime/store'
import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import type { AgentClocks } from './agent-clocks.ts'
import { type CopiedRecord, copyRecord } from './copy-record.ts'
import { type EventRow, eventRow } from './event-row.ts'
import { type HeldOutMark, heldMark, verdictMarks } from './held-out.ts'

type ReadAgentEvent = Extract<ReadEvent, { kind: 'event' }>

/** Rows of one partition's batch: each event once, in its place in its session. Markers say nothing to baseline. */
export async function eventRows(reader: EventReader, clocks: AgentClocks, batch: LogBatch): Promise<EventRow[]> {
  const { partition, records } = batch
  const events = reader.take(batch).filter((read): read is ReadAgentEvent => read.kind === 'event')
  const before = records[0]?.offset ?? 0
  await clocks.load(
    partition,
    events.map(({ event }) => event),
    before,
  )
  return events.map(({ event, text, offset, log_time }) => {
    const followed = followSession(clocks.clockOf(partition, event), event)
    const log = { partition, offset }
    return eventRow(event, text, followed, { source: event.position, log, log_time, vetted: false })
  })
}

/**
 * Copies records of the other topics into their tables, and what findings and alerts say of events into `held_out`.
 * Findings before alerts: a verdict's alert may name findings by their event alone.
 */
export async function storeCopies(store: Store, batches: readonly LogBatch[]): Promise<void> {
  const copied = batches.flatMap(({ topic, records }) => records.map((record) => ({ topic, ...copyRecord(record) })))
  for (const [table, rows] of byTable(copied)) await store.insert(table, rows)
  const marks: HeldOutMark[] = []
  for (const { topic, message } of copied) {
    if (topic !== topics.findings.name || message === undefined) continue
    const finding = message as Finding
    if (finding.held_out) marks.push(heldMark(finding))
  }
  for (const alert of latestRevisions(copied)) marks.push(...(await verdictMarks(store, alert)))
  await store.insert('held_out', marks)
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
