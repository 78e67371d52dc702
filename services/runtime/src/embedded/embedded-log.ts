import { counted } from '@straylight/schemas/counted'
import type { Topic } from '@straylight/schemas/topics'
import { partitionOf } from '../log/key-partition.ts'
import type { Consumer, Log, LogRecord, NewRecord, TopicPartition } from '../log/log.ts'
import { markWhole, openWhole } from '../process/open-whole.ts'
import type { Identified } from '../store/engine-identity.ts'
import { openConsumer } from './embedded-consumer.ts'
import { type Group, openGroup } from './embedded-group.ts'
import { packRecord, unpackRecord } from './embedded-record.ts'
import { retainTopics } from './embedded-retention.ts'
import type { Tables, TopicEntry } from './embedded-tables.ts'

export interface EmbeddedLogSettings {
  /** One folder a log. Other processes may append to it (their records are seen within 50 ms); groups live in one process. */
  readonly directory: string
  /** False: nothing waits for the disk. For a log that is thrown away; it survives kill -9, but not a power cut. */
  readonly durable?: boolean
}

/** The log in this process: LMDB underneath, no broker. */
export interface EmbeddedLog extends Log {
  readonly kind: 'embedded'
  /**
   * Drops what is past its topic's retention and, in compacted topics, all but the newest record of each key (once a
   * day old). Works in slices of 2,000 records, so that nothing waits long for it. Returns the number of records dropped.
   */
  retain(nowMs: number): Promise<number>
  /** Ties the log to its data folder. */
  readonly identity: Identified
}

/** Records that `read` takes at a time. */
const readRecordsMax = 1000

/**
 * Opens or creates the log in a folder. An append resolves when its records are committed and flushed; a commit of
 * offsets likewise. Memory: what callers have in flight, and at most 16 MiB a partition and poll; disk: what retention
 * leaves (freed pages are used again, the file does not shrink). Throws `BadDataFolder` where the file is damaged or can't be opened.
 */
export async function openEmbeddedLog(settings: EmbeddedLogSettings): Promise<EmbeddedLog> {
  const tables = await openWhole(settings.directory, settings.durable ?? true)
  const topicOf = topicLookup(tables)
  const groups = new Map<string, Group>()
  const wakes = new Set<() => void>()

  async function append(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return
    const packed = records.map((record) => placed(record, topicOf(record.topic)))
    await tables.write((turn) => {
      for (const { topicId, partition, value } of packed) {
        const offset = turn.end(topicId, partition)
        void tables.records.put([topicId, partition, offset], value)
        turn.setEnd(topicId, partition, offset + 1)
      }
    })
    for (const wake of wakes) wake()
  }

  async function subscribe({ group: name, topics }: Parameters<Log['subscribe']>[0]): Promise<Consumer> {
    const group = groups.get(name) ?? openGroup((topic) => topicOf(topic).partitions)
    groups.set(name, group)
    for (const topic of topics) topicOf(topic)
    return openConsumer({ tables, topicOf, group, groupName: name, topics, wakes })
  }

  return {
    kind: 'embedded',
    ensureTopics: (topics, partitions) => ensureTopics(tables, topics, partitions),
    partitionCount: async (topic) => topicOf(topic).partitions,
    append,
    endOffset: async ({ topic, partition }) => endOf(tables, topicOf(topic).id, partition),
    startOffset: async ({ topic, partition }) => startOf(tables, topicOf(topic).id, partition),
    read: (partition, from, to) => readRange(tables, topicOf(partition.topic).id, partition, from, to),
    subscribe,
    committed: async (group, topic) => committedOf(tables, topicOf(topic), group, topic),
    retain: (nowMs) => retainTopics(tables, nowMs),
    identity: {
      read: async () => tables.identity.get('id'),
      write: (id) => tables.write(() => void tables.identity.put('id', id)),
    },
    close: async () => {
      await tables.close()
      await markWhole(settings.directory)
    },
  }
}

function topicLookup(tables: Tables): (name: string) => TopicEntry {
  const known = new Map<string, TopicEntry>()
  return (name) => {
    const entry = known.get(name) ?? tables.topics.get(name)
    if (entry === undefined) throw new Error(`the log has no topic "${name}"; create it with ensureTopics first`)
    known.set(name, entry)
    return entry
  }
}

interface Placed {
  readonly topicId: number
  readonly partition: number
  readonly value: Buffer
}

function placed(record: NewRecord, topic: TopicEntry): Placed {
  const partition = record.partition ?? partitionOf(record.key, topic.partitions)
  if (!Number.isInteger(partition) || partition < 0 || partition >= topic.partitions) {
    throw new Error(`topic "${record.topic}" has partitions 0 to ${topic.partitions - 1}, not ${partition}`)
  }
  return { topicId: topic.id, partition, value: packRecord(record, Date.now()) }
}

async function ensureTopics(tables: Tables, topics: readonly Topic[], partitions: number): Promise<void> {
  const wanted = topics.map((topic) => ({ topic, count: topic.partitions === 'single' ? 1 : partitions }))
  for (const { topic, count } of wanted) {
    const have = tables.topics.get(topic.name)?.partitions ?? count
    if (have !== count) {
      throw new Error(
        `topic "${topic.name}" has ${counted(have, 'partition')} and ${count} are asked for; their number never changes, since keys would move: use the number it has, or a new version of the topic`,
      )
    }
  }
  await tables.write(() => {
    let id = tables.topics.getCount()
    for (const { topic, count } of wanted) {
      const { retentionHours, compacted } = topic
      const known = tables.topics.get(topic.name)
      if (known === undefined) id += 1
      void tables.topics.put(topic.name, { id: known?.id ?? id, partitions: count, retentionHours, compacted })
    }
  })
}

function endOf(tables: Tables, topicId: number, partition: number): number {
  return tables.ends.get([topicId, partition]) ?? 0
}

function startOf(tables: Tables, topicId: number, partition: number): number {
  const range = { start: [topicId, partition, 0], end: [topicId, partition, Number.MAX_SAFE_INTEGER], limit: 1 }
  for (const [, , offset] of tables.records.getKeys(range)) return offset
  return endOf(tables, topicId, partition)
}

function committedOf(tables: Tables, entry: TopicEntry, group: string, topic: string) {
  return Array.from({ length: entry.partitions }, (_, partition) => ({
    topic,
    partition,
    offset: tables.committed.get([group, entry.id, partition]) ?? 0,
  }))
}

async function* readRange(
  tables: Tables,
  topicId: number,
  { topic, partition }: TopicPartition,
  from: number,
  to: number,
): AsyncIterable<LogRecord> {
  let next = from
  while (next < to) {
    const range = { start: [topicId, partition, next], end: [topicId, partition, to], limit: readRecordsMax }
    // Taken whole before the first is handed out: a cursor left open while the reader works would pin old pages.
    const found = [...tables.records.getRange(range)]
    for (const { key, value } of found) yield unpackRecord(value, topic, partition, key[2])
    const last = found.at(-1)
    if (last === undefined) return
    next = last.key[2] + 1
  }
}
