import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@straylight/schemas/topics'
import { type Admin, type ITopicConfig, type Kafka, Partitioners } from 'kafkajs'
import { openAppender, type PlacedRecord } from './kafka-appender.ts'
import { createKafka, type KafkaSettings } from './kafka-client.ts'
import { openKafkaConsumer } from './kafka-consumer.ts'
import { openKafkaReader } from './kafka-reader.ts'
import { partitionOf } from './key-partition.ts'
import type { Log, NewRecord, TopicOffset, TopicPartition } from './log.ts'

export interface KafkaLogSettings extends KafkaSettings {
  /** Copies of each topic that `ensureTopics` creates; 1 for a lone broker. Default 3. */
  readonly replicationFactor?: number
  /** Without a sign of life for so long, a member's partitions go to the others. Default 10,000 (brokers allow 6,000 and more). */
  readonly sessionTimeoutMs?: number
}

const hourMs = 3_600_000
const electionMsMax = 15_000
const electionPauseMs = 250
/** Largest record batch of a topic created here: Kafka's default of 1 MiB has no room for the head of a 1 MiB value. */
const recordBytesMax = 4 * 1024 * 1024

/**
 * The log on Apache Kafka, through kafkajs: idempotent producer, all in-sync replicas acknowledge, no transactions
 * (a reader counts each record once by its source position). Every call gives up after about a minute of retries.
 */
export async function openKafkaLog(settings: KafkaLogSettings): Promise<Log> {
  const kafka = createKafka(settings)
  const admin = kafka.admin()
  await admin.connect()
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const startOffset = async (at: TopicPartition) => (await offsetsOf(admin, at)).start
  const reader = await openKafkaReader(kafka, startOffset)
  const appendPlaced = openAppender(producer)
  const partitionCount = countPartitions(admin)
  const committed = (group: string, topic: string) => committedOf(admin, group, topic)

  /** Placing goes one call at a time: a call that has to ask for partitions must not be overtaken by the next. */
  let placing: Promise<unknown> = Promise.resolve()

  async function place(records: readonly NewRecord[]): Promise<PlacedRecord[]> {
    const counts = new Map<string, number>()
    for (const { topic } of records) if (!counts.has(topic)) counts.set(topic, await partitionCount(topic))
    return records.map((record) => placed(record, counts.get(record.topic) ?? 0))
  }

  async function append(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return
    const appended = placing.then(() => place(records)).then((ready) => ({ done: appendPlaced(ready) }))
    placing = appended.catch(() => undefined)
    await (await appended).done
  }

  return {
    kind: 'kafka',
    ensureTopics: (topics, partitions) => ensureTopics(admin, topics, partitions, settings.replicationFactor ?? 3),
    partitionCount,
    append,
    endOffset: async (at) => (await offsetsOf(admin, at)).end,
    startOffset,
    read: reader.read,
    subscribe: ({ group, topics }) => subscribe(kafka, settings, group, topics, (topic) => committed(group, topic)),
    committed,
    close: async () => {
      await producer.disconnect()
      await reader.close()
      await admin.disconnect()
    },
  }
}

async function subscribe(
  kafka: Kafka,
  { sessionTimeoutMs = 10_000 }: KafkaLogSettings,
  group: string,
  topics: readonly string[],
  committed: (topic: string) => Promise<readonly TopicOffset[]>,
) {
  return openKafkaConsumer({ kafka, group, topics, sessionTimeoutMs, committed })
}

function placed(record: NewRecord, count: number): PlacedRecord {
  const partition = record.partition ?? partitionOf(record.key, count)
  if (!Number.isInteger(partition) || partition < 0 || partition >= count) {
    throw new Error(`topic "${record.topic}" has partitions 0 to ${count - 1}, not ${partition}`)
  }
  return { ...record, partition }
}

/** The number of partitions never changes (growing means a new topic version), so it is asked for once. */
function countPartitions(admin: Admin): (topic: string) => Promise<number> {
  const known = new Map<string, number>()
  return async (topic) => {
    const count = known.get(topic) ?? (await partitionCounts(admin, [topic])).get(topic)
    if (count === undefined) throw new Error(`the log has no topic "${topic}"; create it with ensureTopics first`)
    known.set(topic, count)
    return count
  }
}

async function partitionCounts(admin: Admin, names: readonly string[]): Promise<Map<string, number>> {
  const existing = new Set(await admin.listTopics())
  const topics = names.filter((name) => existing.has(name))
  if (topics.length === 0) return new Map()
  const { topics: found } = await admin.fetchTopicMetadata({ topics })
  return new Map(found.map(({ name, partitions }) => [name, partitions.length]))
}

async function ensureTopics(admin: Admin, topics: readonly Topic[], partitions: number, copies: number): Promise<void> {
  const wanted = topics.map((topic) => ({ topic, count: topic.partitions === 'single' ? 1 : partitions }))
  const names = topics.map(({ name }) => name)
  const before = await partitionCounts(admin, names)
  const missing = wanted.filter(({ topic }) => !before.has(topic.name))
  if (missing.length > 0) {
    // Another instance may create the same ones now: kafkajs answers false then, and the check below decides.
    await admin.createTopics({ topics: missing.map(({ topic, count }) => topicConfig(topic, count, copies)) })
  }
  const after = missing.length > 0 ? await partitionCounts(admin, names) : before
  for (const { topic, count } of wanted) {
    const have = after.get(topic.name)
    if (have !== count) {
      throw new Error(
        `topic "${topic.name}" has ${have ?? 'no'} partitions and ${count} are asked for; their number never changes, since keys would move: use the number it has, or a new version of the topic`,
      )
    }
  }
}

function topicConfig(topic: Topic, numPartitions: number, replicationFactor: number): ITopicConfig {
  const entries = {
    'cleanup.policy': topic.compacted ? 'compact,delete' : 'delete',
    'retention.ms': String(topic.retentionHours * hourMs),
    'max.message.bytes': String(recordBytesMax),
    // As the embedded log does: a reader who is a little late still sees every revision.
    ...(topic.compacted ? { 'min.compaction.lag.ms': String(24 * hourMs) } : {}),
  }
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
  return { topic: topic.name, numPartitions, replicationFactor, configEntries }
}

async function offsetsOf(admin: Admin, { topic, partition }: TopicPartition): Promise<{ start: number; end: number }> {
  const offsets = await topicOffsets(admin, topic)
  const found = offsets.find((each) => each.partition === partition)
  if (found === undefined) throw new Error(`topic "${topic}" has no partition ${partition}`)
  return { start: Number(found.low), end: Number(found.high) }
}

/**
 * kafkajs gives up at once (in several ways) on a partition whose leader is being elected, as after its creation or after
 * a broker left: that passes within seconds.
 */
async function topicOffsets(admin: Admin, topic: string): ReturnType<Admin['fetchTopicOffsets']> {
  const startedMs = performance.now()
  for (;;) {
    try {
      return await admin.fetchTopicOffsets(topic)
    } catch (error) {
      if (performance.now() - startedMs > electionMsMax) throw error
      await sleep(electionPauseMs)
    }
  }
}

async function committedOf(admin: Admin, groupId: string, topic: string): Promise<TopicOffset[]> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const offsets = (found?.partitions ?? []).map(({ partition, offset }) => ({
    topic,
    partition,
    offset: Math.max(0, Number(offset)),
  }))
  return offsets.sort((left, right) => left.partition - right.partition)
}
