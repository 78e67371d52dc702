import { minuteMs } from '@straylight/schemas/duration'
import type { Kafka } from 'kafkajs'
import { openBell } from '../log/bell.ts'
import type { Consumer, PollResult, TopicOffset, TopicPartition } from '../log/log.ts'
import { nameOf } from '../log/topic-partition.ts'
import { createFetchPace } from './fetch-pace.ts'
import { assignByPartition } from './kafka-assigner.ts'
import { openCommitter } from './kafka-commit.ts'
import { openFetchedBatches } from './kafka-fetched-batches.ts'
import { groupError } from './kafka-forbidden.ts'
import { openGaplessBatches } from './kafka-gapless-batches.ts'
import { openHandOver } from './kafka-hand-over.ts'
import { followMembership } from './kafka-membership.ts'
import { openPositions } from './kafka-positions.ts'

export interface KafkaConsumerSettings {
  readonly kafka: Kafka
  readonly group: string
  readonly topics: readonly string[]
  /** After this long without a sign of life a member's partitions go to the others. */
  readonly sessionTimeoutMs: number
  readonly committed: (topic: string) => Promise<readonly TopicOffset[]>
  readonly startOffset: (partition: TopicPartition) => Promise<number>
}

/** Bytes of one fetch, all partitions: twice this is in memory, one fetch at the stage and one waiting. */
const fetchBytesMax = 10 * 1024 * 1024
const fetchPartitionBytesMax = 1024 * 1024
/** How long a broker holds a fetch that finds nothing; closing waits for it. */
const fetchWaitMs = 250
/** Partitions whose batches are handed over at the same time. */
const handOversMax = 256
/** How long kafkajs may go on restarting a member that does not get into its group. */
const restartForMs = minuteMs

/**
 * A member of a Kafka group whose one loop is the caller's: kafkajs's callbacks only put batches down and ring.
 * Heartbeats go on while the stage works. Poll throws once kafkajs has given up, after about a minute of trying.
 */
export async function openKafkaConsumer(settings: KafkaConsumerSettings): Promise<Consumer> {
  const { group, topics, sessionTimeoutMs } = settings
  const heartbeatMs = Math.max(200, Math.min(1000, Math.floor(sessionTimeoutMs / 6)))
  const bell = openBell()
  const paused = new Map<string, TopicPartition>()
  let closed = false
  const { consumer, healthy } = createConsumer(settings, heartbeatMs)
  const membership = followMembership(consumer, () => {
    healthy(membership.joined())
    // What was fetched before a assignment stands for the one before: it is fetched again from where this one begins.
    waitingBatches.drop()
    if (membership.joined()) pauseInKafka()
    bell.ring()
  })
  const waitingBatches = openFetchedBatches({
    heartbeatMs,
    pace: createFetchPace(),
    refuses: (partition) => closed || paused.has(nameOf(partition)),
    onBatch: bell.ring,
  })
  const positions = openPositions()
  const committer = openCommitter(consumer, group, membership, positions)
  const handOver = openHandOver({ membership, positions, committer, committed: settings.committed })
  const whole = openGaplessBatches({ consumer, positions, waitingBatches, startOffset: settings.startOffset })

  function pauseInKafka(): void {
    // Without a group (kafkajs restarts) there is nothing to pause; the next join comes here again.
    if (membership.joined() && paused.size > 0) consumer.pause(kafkaPartitions([...paused.values()]))
  }

  async function poll({ recordsMax, waitMs }: Parameters<Consumer['poll']>[0]): Promise<PollResult> {
    const deadline = performance.now() + waitMs
    for (;;) {
      waitingBatches.turnOver()
      const cause = membership.failure()
      if (cause !== undefined) throw groupError(`the Kafka group ${group} cannot go on`, cause)
      bell.quiet()
      const changed = await handOver()
      const open = await whole((fetched) => !paused.has(nameOf(fetched)))
      // Batches of a assignment that is not handed over yet wait for the next turn.
      const batches = membership.hasNews() ? [] : open.flatMap((fetched) => positions.take(fetched, recordsMax) ?? [])
      const restMs = deadline - performance.now()
      const found = changed.assigned.length + changed.revoked.length + batches.length
      if (batches.length === 0) waitingBatches.turnOver()
      if (found > 0 || restMs <= 0 || closed) return { ...changed, batches }
      await bell.wait(restMs)
    }
  }

  consumer.on(consumer.events.REBALANCING, () => waitingBatches.drop())
  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: handOversMax,
    eachBatch: waitingBatches.put,
  })

  return {
    poll,
    commit: async (offsets) => (closed ? undefined : committer.commit(offsets)),
    pause(partitions) {
      for (const partition of partitions) paused.set(nameOf(partition), partition)
      pauseInKafka()
      // A batch of a paused partition would hold up all others of its fetch; it is fetched again later.
      waitingBatches.drop((fetched) => paused.has(nameOf(fetched)))
    },
    resume(partitions) {
      for (const partition of partitions) paused.delete(nameOf(partition))
      if (membership.joined()) consumer.resume(kafkaPartitions(partitions))
    },
    async close() {
      if (closed) return
      closed = true
      waitingBatches.drop()
      bell.ring()
      await consumer.disconnect()
    },
  }
}

function createConsumer({ kafka, group, sessionTimeoutMs }: KafkaConsumerSettings, heartbeatInterval: number) {
  let failingSinceMs: number | undefined
  const consumer = kafka.consumer({
    groupId: group,
    partitionAssigners: [assignByPartition],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval,
    maxBytes: fetchBytesMax,
    maxBytesPerPartition: fetchPartitionBytesMax,
    maxWaitTimeInMs: fetchWaitMs,
    retry: {
      // Asked only for errors that may pass, such as a coordinator that still loads.
      restartOnFailure: async () => {
        failingSinceMs ??= performance.now()
        return performance.now() - failingSinceMs < restartForMs
      },
    },
  })
  const healthy = (joined: boolean) => {
    if (joined) failingSinceMs = undefined
  }
  return { consumer, healthy }
}

function kafkaPartitions(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }))
}
