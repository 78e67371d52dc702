import { createHash } from 'node:crypto'
import { RepeatWindow } from '@straylight/events/repeat-window'
import type { OrderContext } from '@straylight/models/event/event-shape'
import type { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { followSession } from '@straylight/models/session/agent-clock'
import type { Query, Store } from '@straylight/runtime/store/store'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { z } from 'zod'
import { type EventRow, eventRow } from '../count/event-row.ts'
import { OrderRow, orderColumns, orderOf } from '../count/order-column.ts'
import { AgentClocks } from './agent-clocks.ts'

/** The place of history in the order of events: before every record of the log. */
export const historyPartition = -1
const historyTopic = 'history'

/** Events taken at a time: the bound of what an import holds in memory. */
const chunkEvents = 5_000

/** An event of history as it stands in its session. */
export interface LearntEvent {
  readonly event: AgentEvent
  readonly order: OrderContext
}

export interface StoredHistory {
  /** Events stored now. */
  readonly events: number
  /** Events that came again, in this import or an earlier one, and were left out. */
  readonly repeats: number
  /** The place of the next event of history. */
  readonly next: number
}

/**
 * Stores history as vetted rows of `events`, in the order given, which should be that of time. An event is known by tenant,
 * id and content, so the same history imported again, or to its end after a crash, changes nothing that stands.
 * The log time of a row is its event's own time: whoever gives history vouches for it.
 */
export async function storeHistory(
  store: Store,
  hasher: ProfileKeyHasher,
  events: AsyncIterable<AgentEvent> | Iterable<AgentEvent>,
  onStored: (stored: LearntEvent) => void = () => undefined,
): Promise<StoredHistory> {
  const writer = new HistoryWriter(store, hasher, { stored: await storedCount(store), onStored })
  let chunk: AgentEvent[] = []
  for await (const event of events) {
    chunk.push(event)
    if (chunk.length < chunkEvents) continue
    await writer.write(chunk)
    chunk = []
  }
  await writer.write(chunk)
  return writer
}

class HistoryWriter implements StoredHistory {
  events = 0
  repeats = 0
  private readonly store: Store
  private readonly hasher: ProfileKeyHasher
  private readonly clocks: AgentClocks
  private readonly onStored: (stored: LearntEvent) => void
  private readonly window = new RepeatWindow()
  /** Whether there is anything that this history could repeat. */
  private readonly resumed: boolean
  next: number
  private seen = 0

  constructor(
    store: Store,
    hasher: ProfileKeyHasher,
    { stored, onStored }: { stored: number; onStored: (stored: LearntEvent) => void },
  ) {
    this.onStored = onStored
    this.store = store
    this.hasher = hasher
    this.clocks = new AgentClocks(store)
    this.resumed = stored > 0
    this.next = stored
  }

  async write(events: readonly AgentEvent[]): Promise<void> {
    const fresh = await this.freshOf(events)
    await this.clocks.load(historyPartition, events, this.next)
    const rows: EventRow[] = []
    for (const { event, source } of fresh) {
      const followed = followSession(this.clocks.clockOf(historyPartition, event), event)
      const log = { partition: historyPartition, offset: this.next++ }
      const place = { source, log, log_time: event.time, vetted: true }
      this.onStored({ event, order: followed.order })
      rows.push(eventRow({ event, text: JSON.stringify(event), followed }, place, this.hasher))
    }
    await this.store.insert('events', rows)
    this.clocks.trim()
    this.events += rows.length
    this.repeats += events.length - rows.length
  }

  private async freshOf(events: readonly AgentEvent[]) {
    const identified = events.map((event) => ({ event, source: identityOf(event) }))
    const fresh = identified.filter(({ source }) => {
      const key = `${source.partition}/${source.offset}`
      return this.window.see(key, 0, this.seen++) === 'new'
    })
    if (!this.resumed) return fresh
    const offsets = fresh.map(({ source }) => source.offset)
    const known = new Set((await this.store.query(storedOffsets, { offsets })).map(({ offset }) => offset))
    return fresh.filter(({ source }) => !known.has(source.offset))
  }
}

/** What takes the place of a position in the audit topic: 85 bits of a hash of tenant, id and content. */
function identityOf({ tenant, id, content_hash }: AgentEvent) {
  const digest = createHash('sha256').update(`${tenant}\n${id}\n${content_hash}`).digest()
  const offset = Number(digest.readBigUInt64BE(4) >> 11n)
  return { topic: historyTopic, partition: digest.readUInt32BE(0), offset, index: 0 }
}

const storedOffsets: Query<{ offsets: readonly number[] }, { offset: number }> = {
  name: 'history that is stored',
  sql: `SELECT DISTINCT source_offset AS offset FROM events
WHERE source_topic = '${historyTopic}' AND source_offset IN {offsets:Array(UInt64)}`,
  row: z.object({ offset: z.number() }),
}

const nextOffset: Query<Record<string, never>, { next: number }> = {
  name: 'next offset of history',
  sql: `SELECT if(count() = 0, 0, max(log_offset) + 1) AS next FROM events WHERE log_partition = ${historyPartition}`,
  row: z.object({ next: z.number() }),
}

/** Places of history that are taken: each event has one, from 0 on. */
export async function storedCount(store: Store): Promise<number> {
  return (await store.query(nextOffset, {}))[0]?.next ?? 0
}

const historyRows: Query<{ from: number; to: number }, { event: string } & OrderRow> = {
  name: 'history between two places',
  sql: `SELECT event, ${orderColumns()} FROM events FINAL
WHERE log_partition = ${historyPartition} AND log_offset >= {from:Int64} AND log_offset < {to:Int64} ORDER BY log_offset`,
  row: z.object({ event: z.string(), ...OrderRow.shape }),
}

/** Stored history at the places from `from` to below `to`, in order. */
export async function* historyBetween(store: Store, { from, to }: { from: number; to: number }) {
  for (let at = from; at < to; at += chunkEvents) {
    const places = { from: at, to: Math.min(to, at + chunkEvents) }
    for (const { event: text, ...row } of await store.query(historyRows, places)) {
      const event = AgentEvent.parse(JSON.parse(text))
      yield { event, order: orderOf(row, event) } satisfies LearntEvent
    }
  }
}
