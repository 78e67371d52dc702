import { setTimeout as sleep } from 'node:timers/promises'
import { counted } from '@straylight/schemas/counted'
import type { Topic } from '@straylight/schemas/topics'
import { type Admin, Partitioners } from 'kafkajs'
import { partitionOf } from '../log/key-partition.ts'
import type { Log, NewRecord, TopicOffset, TopicPartition } from '../log/log.ts'
import { openAppender, type PlacedRecord } from './kafka-appender.ts'
import { createKafka, type KafkaSettings } from './kafka-client.ts'
import { type KafkaConsumerSettings, openKafkaConsumer } from './kafka-consumer.ts'
import { groupError, isForbidden } from './kafka-forbidden.ts'
import { openKafkaReader } from './kafka-reader.ts'
import { partitionsOf, type TopicPlan, topicConfig } from './kafka-topics.ts'

export interface KafkaLogSettings extends KafkaSettings {
  /** Copies of each topic that `ensureTopics` creates; 1 for a lone broker. Default 3. */
  readonly replicationFactor?: number
  /** Copies that must have a record before it counts as written; more than there are copies count as all. Default 2. */
  readonly minInSyncReplicas?: number
  /** Without a sign of life for so long, a member's partitions go to the others. Default 10,000 (brokers allow 6,000 and more). */
  readonly sessionTimeoutMs?: number
}

const electionMsMax = 15_000
const electionPauseMs = 250
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
  const offsetsOf = openTopicOffsets(admin)
  const startOffset = async (at: TopicPartition) => (await offsetsOf(at)).start
  const reader = await openKafkaReader(kafka, offsetsOf)
  const appendPlaced = openAppender(producer)
  const partitionCount = countPartitions(admin)
  const committed = async (group: string, topic: string) =>
    committedOf(admin, group, topic, await partitionCount(topic))

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
    ensureTopics: (topics, partitions) => ensureTopics(admin, planOf(settings, topics, partitions)),
    partitionCount,
    append,
    endOffset: async (at) => (await offsetsOf(at)).end,
    startOffset,
    read: reader.read,
    subscribe: ({ group, topics }) =>
      subscribe({ kafka, settings, group, topics, committed: (topic) => committed(group, topic), startOffset }),
    committed,
    close: async () => {
      await producer.disconnect()
      await reader.close()
      await admin.disconnect()
    },
  }
}

function subscribe({
  settings: { sessionTimeoutMs = 10_000 },
  ...rest
}: Omit<KafkaConsumerSettings, 'sessionTimeoutMs'> & { settings: KafkaLogSettings }) {
  return openKafkaConsumer({ ...rest, sessionTimeoutMs })
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
  return throughElection(async () => {
    const existing = new Set(await admin.listTopics())
    const topics = names.filter((name) => existing.has(name))
    if (topics.length === 0) return new Map()
    const { topics: found } = await admin.fetchTopicMetadata({ topics })
    return new Map(found.map(({ name, partitions }) => [name, partitions.length]))
  })
}

/** How topics are to stand on the cluster of these settings. */
export function planOf(
  { replicationFactor = 3, minInSyncReplicas = 2 }: Pick<KafkaLogSettings, 'replicationFactor' | 'minInSyncReplicas'>,
  topics: readonly Topic[],
  partitions: number,
): TopicPlan {
  return { topics, partitions, replicationFactor, minInSyncReplicas }
}

async function ensureTopics(admin: Admin, plan: TopicPlan): Promise<void> {
  const names = plan.topics.map(({ name }) => name)
  const before = await partitionCounts(admin, names)
  const missing = plan.topics.filter(({ name }) => !before.has(name))
  if (missing.length > 0) {
    // Another instance may create the same ones now: kafkajs answers false then, and the check below decides.
    await createTopics(admin, missing, plan)
  }
  const after = missing.length > 0 ? await partitionCounts(admin, names) : before
  for (const topic of plan.topics) {
    const have = after.get(topic.name)
    const wanted = partitionsOf(topic, plan)
    if (have !== wanted) {
      throw new Error(
        `topic "${topic.name}" has ${counted(have ?? 0, 'partition')} and ${wanted} are asked for; their number never changes, since keys would move: use the number it has, or a new version of the topic`,
      )
    }
  }
}

async function createTopics(admin: Admin, missing: readonly Topic[], plan: TopicPlan): Promise<void> {
  try {
    await admin.createTopics({ topics: missing.map((topic) => topicConfig(topic, plan)) })
  } catch (error) {
    const names = missing.map(({ name }) => name).join(', ')
    throw new Error(
      `could not create ${names}. Where they are there already, this principal may not see them: give it the rights that \`straylight topics acls\` prints. Else make them with \`straylight topics apply\`, as somebody who may.`,
      { cause: error },
    )
  }
}

/** Where a partition begins and ends. Brokers tell of a whole topic in three requests, so whoever asks in one breath asks them once. */
function openTopicOffsets(admin: Admin): (at: TopicPartition) => Promise<{ start: number; end: number }> {
  type Answer = ReturnType<Admin['fetchTopicOffsets']>
  const breath = new Map<string, Answer>()
  const asked = (topic: string): Answer => {
    const known = breath.get(topic)
    if (known !== undefined) return known
    const answer = Promise.resolve().then(() => {
      // Sent now: who asks from here on may have written meanwhile, and must find it.
      breath.delete(topic)
      return throughElection(() => admin.fetchTopicOffsets(topic))
    })
    breath.set(topic, answer)
    return answer
  }
  return async ({ topic, partition }) => {
    const found = (await asked(topic)).find((each) => each.partition === partition)
    if (found === undefined) throw new Error(`topic "${topic}" has no partition ${partition}`)
    return { start: Number(found.low), end: Number(found.high) }
  }
}

/**
 * kafkajs gives up at once (in several ways) on a partition whose leader is being elected, as after its creation or after
 * a broker left, and answers with nothing (a TypeError inside it) where its broker has just gone: both pass within seconds.
 */
async function throughElection<Result>(ask: () => Promise<Result>): Promise<Result> {
  const startedMs = performance.now()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (isForbidden(error) || performance.now() - startedMs > electionMsMax) throw error
      await sleep(electionPauseMs)
    }
  }
}

async function committedOf(admin: Admin, groupId: string, topic: string, count: number): Promise<TopicOffset[]> {
  const ask = async () => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const partitions = found?.partitions ?? []
    // kafkajs asks for the partitions it happens to know of; what is left out here would read as never committed.
    if (partitions.length === count) return partitions
    throw new Error(`${partitions.length} of ${counted(count, 'partition')} of "${topic}" were reported`)
  }
  const found = await throughElection(ask).catch((error: unknown) => {
    throw groupError(`the offsets of the group ${groupId} are not known`, error)
  })
  const offsets = found.map(({ partition, offset }) => ({
    topic,
    partition,
    offset: Math.max(0, Number(offset)),
  }))
  return offsets.sort((left, right) => left.partition - right.partition)
}
