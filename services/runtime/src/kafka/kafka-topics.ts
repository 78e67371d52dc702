import { setTimeout as sleep } from 'node:timers/promises'
import { counted } from '@straylight/schemas/counted'
import { hourMs } from '@straylight/schemas/duration'
import type { Topic } from '@straylight/schemas/topics'
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { createKafka, type KafkaSettings } from './kafka-client.ts'

/** How topics are to stand on a cluster. */
export interface TopicPlan {
  readonly topics: readonly Topic[]
  /** Of those whose partitions are shared out. */
  readonly partitions: number
  readonly replicationFactor: number
  /** Copies that must have a record before it counts as written; more than there are copies count as all. */
  readonly minInSyncReplicas: number
}

/** One setting of a topic, and why it is so. */
export interface TopicSetting {
  readonly name: string
  readonly value: string
  readonly why: string
}

/** What a cluster has other than planned. `mend`: how it can be put right, `never` where it can't. */
export interface TopicDifference {
  readonly topic: string
  readonly setting: string
  readonly found: string | undefined
  readonly wanted: string
  readonly why: string
  readonly mend: 'create' | 'alter' | 'reassign' | 'never'
}

/** Kafka's default of 1 MiB has no room for the head of a value of 1 MiB. */
const recordBytesMax = 4 * 1024 * 1024

const logAppendTime: TopicSetting = {
  name: 'message.timestamp.type',
  value: 'LogAppendTime',
  why: 'log time is the time of the broker, never one that a sender wrote',
}

export function partitionsOf(topic: Topic, plan: Pick<TopicPlan, 'partitions'>): number {
  return topic.partitions === 'single' ? 1 : plan.partitions
}

/** Every setting that Straylight relies on. What is not here is the operator's to choose. */
export function topicSettings(topic: Topic, plan: TopicPlan): readonly TopicSetting[] {
  const { minInSyncReplicas, replicationFactor } = plan
  const settings: TopicSetting[] = [
    {
      name: 'cleanup.policy',
      value: topic.compacted ? 'compact,delete' : 'delete',
      why: topic.compacted
        ? 'the last record of each key stands for all before it'
        : 'every record counts, until it is old',
    },
    {
      name: 'retention.ms',
      value: String(topic.retentionHours * hourMs),
      why: `kept ${counted(topic.retentionHours, 'hour')}: ${topic.why}`,
    },
    { name: 'max.message.bytes', value: String(recordBytesMax), why: 'room for a value of 1 MiB and its head' },
    {
      name: 'min.insync.replicas',
      value: String(Math.min(minInSyncReplicas, replicationFactor)),
      why: 'an acknowledged record outlives the loss of a broker; a write that can not be kept so is refused, and tried again',
    },
  ]
  if (topic.logAppendTime) settings.push(logAppendTime)
  if (!topic.compacted) return settings
  const why = 'a reader who is a day late still sees every revision'
  return [...settings, { name: 'min.compaction.lag.ms', value: String(24 * hourMs), why }]
}

/** What the cluster has other than planned; nothing when all is as it should be. */
export async function compareTopics(admin: Admin, plan: TopicPlan): Promise<TopicDifference[]> {
  const existing = new Set(await admin.listTopics())
  const there = plan.topics.filter(({ name }) => existing.has(name))
  const missing = plan.topics.filter(({ name }) => !existing.has(name)).map((topic) => absent(topic, plan))
  if (there.length === 0) return missing
  const [shapes, configs] = [await shapesOf(admin, there), await configsOf(admin, there)]
  return [
    ...missing,
    ...there.flatMap((topic) => {
      const name = topic.name
      const [shape, config] = [shapes.get(name) ?? { partitions: 0, copies: 0 }, configs.get(name)]
      return [...compareShape(topic, plan, shape), ...compareConfig(topic, plan, config)]
    }),
  ]
}

/** Creates what is missing and alters what can be altered; returns what is other than planned all the same. */
export async function applyTopics(admin: Admin, plan: TopicPlan): Promise<TopicDifference[]> {
  const before = await compareTopics(admin, plan)
  const named = (mend: TopicDifference['mend']) => {
    const names = new Set(before.filter((difference) => difference.mend === mend).map(({ topic }) => topic))
    return plan.topics.filter(({ name }) => names.has(name))
  }
  const [create, alter] = [named('create'), named('alter')]
  // Another instance may create the same ones now: kafkajs answers false then, and the comparison below decides.
  if (create.length > 0) await admin.createTopics({ topics: create.map((topic) => topicConfig(topic, plan)) })
  if (alter.length > 0) await alterTopics(admin, alter, plan)
  if (create.length === 0 && alter.length === 0) return before
  return settled(admin, plan)
}

export function topicConfig(topic: Topic, plan: TopicPlan): ITopicConfig {
  const configEntries = topicSettings(topic, plan).map(({ name, value }) => ({ name, value }))
  const { replicationFactor } = plan
  return { topic: topic.name, numPartitions: partitionsOf(topic, plan), replicationFactor, configEntries }
}

/** Opens what the functions here need, for as long as `use` runs. */
export async function withTopicAdmin<Result>(
  settings: KafkaSettings,
  use: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = createKafka(settings).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

const settleMsMax = 5_000

/** A broker tells what was changed a moment later. */
async function settled(admin: Admin, plan: TopicPlan): Promise<TopicDifference[]> {
  const startedMs = performance.now()
  for (;;) {
    const left = await compareTopics(admin, plan)
    const mended = left.every(({ mend }) => mend === 'never' || mend === 'reassign')
    if (mended || performance.now() - startedMs > settleMsMax) return left
    await sleep(100)
  }
}

function absent(topic: Topic, plan: TopicPlan): TopicDifference {
  const wanted = `${counted(partitionsOf(topic, plan), 'partition')}, ${counted(plan.replicationFactor, 'copy', 'copies')}`
  return { topic: topic.name, setting: 'topic', found: undefined, wanted, why: topic.why, mend: 'create' }
}

interface Shape {
  readonly partitions: number
  readonly copies: number
}

async function shapesOf(admin: Admin, topics: readonly Topic[]): Promise<Map<string, Shape>> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) })
  return new Map(
    found.map(({ name, partitions }) => {
      const copies = Math.min(...partitions.map(({ replicas }) => replicas.length))
      return [name, { partitions: partitions.length, copies }]
    }),
  )
}

function compareShape(topic: Topic, plan: TopicPlan, { partitions, copies }: Shape): TopicDifference[] {
  const differences: TopicDifference[] = []
  const wanted = partitionsOf(topic, plan)
  if (partitions !== wanted) {
    const why = 'keys would move: use the number it has (STRAYLIGHT_PARTITIONS), or a new version of the topic'
    const numbers = { found: String(partitions), wanted: String(wanted) }
    differences.push({ topic: topic.name, setting: 'partitions', ...numbers, why, mend: 'never' })
  }
  if (copies !== plan.replicationFactor) {
    const why =
      'copies are moved between brokers by kafka-reassign-partitions, or say KAFKA_REPLICATION_FACTOR as it is'
    const numbers = { found: String(copies), wanted: String(plan.replicationFactor) }
    differences.push({ topic: topic.name, setting: 'replication factor', ...numbers, why, mend: 'reassign' })
  }
  return differences
}

/** `own`: set on this very topic, not a default of the broker. */
type Config = ReadonlyMap<string, { readonly value: string; readonly own: boolean }>
const setOnTopic = 1

async function configsOf(admin: Admin, topics: readonly Topic[]): Promise<Map<string, Config>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(
        configEntries.map(({ configName, configValue, configSource }) => [
          configName,
          { value: configValue, own: Number(configSource) === setOnTopic },
        ]),
      ),
    ]),
  )
}

function compareConfig(topic: Topic, plan: TopicPlan, config: Config | undefined): TopicDifference[] {
  return topicSettings(topic, plan).flatMap(({ name, value: wanted, why }) => {
    const found = config?.get(name)?.value
    if (sameList(found, wanted)) return []
    return { topic: topic.name, setting: name, found, wanted, why, mend: 'alter' as const }
  })
}

/** Policies are lists whose order says nothing. */
function sameList(found: string | undefined, wanted: string): boolean {
  return found !== undefined && found.split(',').sort().join(',') === wanted.split(',').sort().join(',')
}

/** This request of Kafka's resets whatever it does not name, so what the operator has set goes along as it stands. */
async function alterTopics(admin: Admin, topics: readonly Topic[], plan: TopicPlan): Promise<void> {
  const configs = await configsOf(admin, topics)
  const resources = topics.map((topic) => {
    const set = [...(configs.get(topic.name) ?? [])]
      .filter(([, { own }]) => own)
      .map(([name, { value }]) => ({ name, value }))
    const planned = topicSettings(topic, plan)
    const kept = set.filter(({ name }) => !planned.some((setting) => setting.name === name))
    const configEntries = [...kept, ...planned.map(({ name, value }) => ({ name, value }))]
    return { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic.name, configEntries }
  })
  await admin.alterConfigs({ validateOnly: false, resources })
}
