import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker, Cluster, Kafka, KafkaMessage, PartitionAssigner } from 'kafkajs'
import type { LogRecord, TopicPartition } from '../log/log.ts'
import { isForbidden } from './kafka-forbidden.ts'
import { recordOf } from './kafka-record.ts'

/** Reads partitions outside any group, for recovery. */
export interface KafkaReader {
  read(partition: TopicPartition, from: number, to: number): AsyncIterable<LogRecord>
  close(): Promise<void>
}

const fetchBytesMax = 4 * 1024 * 1024
/** Fetches in a row that bring nothing or fail, each after 100 ms to 1 s; then the read gives up. */
const failuresMax = 30

interface Fetched {
  readonly messages: readonly (KafkaMessage & { readonly isControlRecord?: boolean })[]
  /** Where records that all replicas have end. */
  readonly end: number
}

/**
 * kafkajs has no reading outside a group, and a throw-away group costs seconds to join. Its consumers hand their
 * cluster to the assigner, though, and a cluster's brokers can fetch: so a consumer that never runs lends its own.
 */
export async function openKafkaReader(
  kafka: Kafka,
  offsetsOf: (partition: TopicPartition) => Promise<{ start: number; end: number }>,
): Promise<KafkaReader> {
  let lent: Cluster | undefined
  const borrow: PartitionAssigner = ({ cluster }) => {
    lent = cluster
    return {
      name: 'none',
      version: 0,
      assign: async () => [],
      protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
    }
  }
  const lender = kafka.consumer({ groupId: 'straylight-reader-never-joins', partitionAssigners: [borrow] })
  await lender.connect()
  assert(lent !== undefined, 'kafkajs gives its assigners the cluster')
  const cluster = lent

  async function* read(partition: TopicPartition, from: number, to: number): AsyncIterable<LogRecord> {
    let next = Math.max(from, from < to ? (await offsetsOf(partition)).start : from)
    let failures = 0
    while (next < to) {
      const fetched = await tryFetch(cluster, partition, next)
      const last = fetched instanceof Error ? undefined : fetched.messages.at(-1)
      if (fetched instanceof Error || last === undefined) {
        const { start, end } = await offsetsOf(partition)
        // A leader just elected may not know yet how far the replicas are, and says so when it is asked for the end alone.
        if (!(fetched instanceof Error) && next >= Math.max(fetched.end, end)) return
        failures += 1
        if (failures > failuresMax) throw unreadable(partition, next, fetched)
        await sleep(Math.min(failures * 100, 1000))
        next = Math.max(next, start)
        continue
      }
      failures = 0
      for (const message of fetched.messages) {
        const offset = Number(message.offset)
        if (offset >= next && offset < to && message.isControlRecord !== true) yield recordOf(partition, message)
      }
      next = Math.max(next, Number(last.offset) + 1)
    }
  }

  return { read, close: () => lender.disconnect() }
}

function unreadable({ topic, partition }: TopicPartition, offset: number, fetched: Fetched | Error): Error {
  const cause = fetched instanceof Error ? { cause: fetched } : {}
  return new Error(`Kafka gave nothing of ${topic}/${partition} from offset ${offset} in ${failuresMax} tries`, cause)
}

/** A leader that moved, a broker that went away: a value, since the next try with fresh metadata may succeed. */
async function tryFetch(cluster: Cluster, partition: TopicPartition, from: number): Promise<Fetched | Error> {
  try {
    return await fetchOnce(await leaderOf(cluster, partition), partition, from)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (isForbidden(error))
      throw new Error(`may not read topic "${partition.topic}": ${error.message}`, { cause: error })
    const refreshed = await cluster.refreshMetadata().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    return refreshed instanceof Error ? refreshed : error
  }
}

async function leaderOf(cluster: Cluster, { topic, partition }: TopicPartition): Promise<Broker> {
  await cluster.addTargetTopic(topic)
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (nodeId === undefined) throw new Error(`${topic}/${partition} has no leader at the moment`)
  return cluster.findBroker({ nodeId })
}

interface FetchResponse {
  readonly responses: readonly {
    readonly partitions: readonly { readonly highWatermark: string; readonly messages: Fetched['messages'] }[]
  }[]
}

async function fetchOnce(broker: Broker, { topic, partition }: TopicPartition, from: number): Promise<Fetched> {
  const partitions = [{ partition, fetchOffset: String(from), maxBytes: fetchBytesMax }]
  const response: FetchResponse = await broker.fetch({
    maxWaitTime: 100,
    minBytes: 1,
    maxBytes: fetchBytesMax,
    topics: [{ topic, partitions }],
  })
  const answer = response.responses[0]?.partitions[0]
  assert(answer !== undefined, 'a fetch is answered for the partition it asks for')
  return { messages: answer.messages, end: Number(answer.highWatermark) }
}
