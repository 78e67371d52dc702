import { createHash } from 'node:crypto'
import { hourMs } from '@straylight/schemas/duration'
import { packedKey, packedTimestamp } from './embedded-record.ts'
import type { Tables, TopicEntry } from './embedded-tables.ts'

/** Records looked at between two turns of the event loop, and dropped in one transaction. */
const sliceRecords = 2000
/** Compaction leaves the last day alone, so that a reader who is a little late still sees every revision. */
const compactionLagMs = 24 * hourMs

/** Drops records past their topic's retention, and superseded ones of compacted topics. Returns how many. */
export async function retainTopics(tables: Tables, nowMs: number): Promise<number> {
  let dropped = 0
  for (const { value: topic } of [...tables.topics.getRange()]) {
    for (let partition = 0; partition < topic.partitions; partition += 1) {
      dropped += await dropAged(tables, topic, partition, nowMs - topic.retentionHours * hourMs)
      if (topic.compacted) dropped += await dropSuperseded(tables, topic, partition, nowMs - compactionLagMs)
    }
  }
  return dropped
}

/** From the start up to the first record that is young enough: order is kept, and a stray old timestamp waits its turn. */
async function dropAged(tables: Tables, topic: TopicEntry, partition: number, before: number): Promise<number> {
  let dropped = 0
  for (;;) {
    const slice = sliceFrom(tables, topic, partition, 0)
    const young = slice.findIndex(({ value }) => packedTimestamp(value) >= before)
    const aged = young === -1 ? slice : slice.slice(0, young)
    await drop(tables, aged)
    dropped += aged.length
    if (aged.length < sliceRecords) return dropped
  }
}

/** Two passes: the newest offset of each key (one hash a key in memory), then all older ones go. */
async function dropSuperseded(tables: Tables, topic: TopicEntry, partition: number, before: number): Promise<number> {
  const newest = new Map<string, number>()
  for await (const { key, value } of walk(tables, topic, partition)) newest.set(hashed(packedKey(value)), key[2])
  let dropped = 0
  let superseded: Entry[] = []
  for await (const entry of walk(tables, topic, partition)) {
    const old = packedTimestamp(entry.value) < before
    if (old && (newest.get(hashed(packedKey(entry.value))) ?? -1) > entry.key[2]) superseded.push(entry)
    if (superseded.length < sliceRecords) continue
    dropped += await drop(tables, superseded)
    superseded = []
  }
  return dropped + (await drop(tables, superseded))
}

interface Entry {
  readonly key: [number, number, number]
  readonly value: Buffer
}

async function* walk(tables: Tables, topic: TopicEntry, partition: number): AsyncIterable<Entry> {
  let from = 0
  for (;;) {
    const slice = sliceFrom(tables, topic, partition, from)
    yield* slice
    const last = slice.at(-1)
    if (last === undefined || slice.length < sliceRecords) return
    from = last.key[2] + 1
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function sliceFrom(tables: Tables, topic: TopicEntry, partition: number, from: number): Entry[] {
  const start = [topic.id, partition, from]
  return [
    ...tables.records.getRange({ start, end: [topic.id, partition, Number.MAX_SAFE_INTEGER], limit: sliceRecords }),
  ]
}

async function drop(tables: Tables, entries: readonly Entry[]): Promise<number> {
  if (entries.length === 0) return 0
  await tables.write(() => {
    for (const { key } of entries) void tables.records.remove(key)
  })
  return entries.length
}

/** Keys may be long and made up by senders; a hash bounds what compaction remembers of each. */
function hashed(key: string): string {
  return createHash('sha256').update(key).digest('base64')
}
