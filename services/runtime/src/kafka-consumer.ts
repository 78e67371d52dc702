import type { EachBatchPayload, Kafka, Consumer as KafkaConsumer } from 'kafkajs'
import { openBell } from './bell.ts'
import { assignByPartition } from './kafka-assigner.ts'
import { recordOf } from './kafka-record.ts'
import type { Consumer, LogBatch, LogRecord, PollResult, TopicOffset, TopicPartition } from './log.ts'
import { byPartition, nameOf } from './topic-partition.ts'

export interface KafkaConsumerSettings {
  readonly kafka: Kafka
  readonly group: string
  readonly topics: readonly string[]
  /** After this long without a sign of life a member's partitions go to the others. */
  readonly sessionTimeoutMs: number
  readonly committed: (topic: string) => Promise<readonly TopicOffset[]>
}

/** Bytes of one fetch, all partitions: twice this is in memory, one fetch at the stage and one waiting. */
const fetchBytesMax = 10 * 1024 * 1024
const fetchPartitionBytesMax = 1024 * 1024
/** How long a broker holds a fetch that finds nothing; closing waits for it. */
const fetchWaitMs = 250
/** Partitions whose batches are handed over at the same time. */
const handOversMax = 256
/** Wait for the new sharing before a commit that came in the middle of one is tried again. */
const rejoinWaitMs = 15_000

/** A fetched batch that waits for the loop. Its handler in kafkajs returns when all is taken, or when it is dropped. */
interface Offer extends TopicPartition {
  readonly records: readonly LogRecord[]
  readonly end: number
  taken: number
  readonly settle: (outcome: 'taken' | 'dropped') => void
}

/**
 * A member of a Kafka group whose one loop is the caller's: kafkajs's callbacks only put batches down and ring.
 * Heartbeats go on while the stage works. A partition that stays through a rebalance keeps its place (what is fetched
 * again from the committed offset is left out); one that left and came back is reported as new.
 */
export async function openKafkaConsumer(settings: KafkaConsumerSettings): Promise<Consumer> {
  const { kafka, group, topics, sessionTimeoutMs } = settings
  const heartbeatInterval = Math.max(200, Math.min(1000, Math.floor(sessionTimeoutMs / 6)))
  const consumer = kafka.consumer({
    groupId: group,
    partitionAssigners: [assignByPartition],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval,
    maxBytes: fetchBytesMax,
    maxBytesPerPartition: fetchPartitionBytesMax,
    maxWaitTimeInMs: fetchWaitMs,
    // Without a restart a crash is final, and the next poll says so.
    retry: { restartOnFailure: async () => false },
  })
  const member = createMember(consumer, settings, heartbeatInterval)
  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: handOversMax,
    eachBatch: member.offer,
  })
  return member
}

function createMember(
  consumer: KafkaConsumer,
  settings: KafkaConsumerSettings,
  heartbeatInterval: number,
): Consumer & { offer(payload: EachBatchPayload): Promise<void> } {
  const bell = openBell()
  const offers = new Map<string, Offer>()
  const held = new Map<string, TopicOffset>()
  const paused = new Map<string, TopicPartition>()
  const joined = followJoins(consumer, () => {
    if (paused.size > 0) consumer.pause(kafkaPartitions([...paused.values()]))
    bell.ring()
  })
  let crash: Error | undefined
  let closed = false

  consumer.on(consumer.events.CRASH, ({ payload }) => {
    crash = payload.error
    bell.ring()
  })
  consumer.on(consumer.events.REBALANCING, () => dropOffers())

  function dropOffers(which: (offer: Offer) => boolean = () => true): void {
    for (const offer of offers.values()) if (which(offer)) offer.settle('dropped')
  }

  async function offer({ batch, heartbeat, resolveOffset }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch
    const name = nameOf({ topic, partition })
    if (closed || paused.has(name)) return
    const { promise, settle } = outcome()
    const records = batch.messages.map((message) => recordOf({ topic, partition }, message))
    offers.set(name, { topic, partition, records, end: Number(batch.highWatermark), taken: 0, settle })
    bell.ring()
    try {
      const result = await keepAlive(promise, heartbeat, heartbeatInterval)
      if (result === 'taken') resolveOffset(batch.lastOffset())
    } catch (error) {
      // The group is being shared out anew: no other batch of this fetch may hold that up.
      dropOffers()
      throw error
    } finally {
      offers.delete(name)
    }
  }

  /** Compares the sharing that stands with what the caller knows; offsets of partitions that came are asked for. */
  async function handOver(): Promise<Pick<PollResult, 'assigned' | 'revoked'>> {
    const sharing = joined.take()
    if (sharing === undefined) return { assigned: [], revoked: [] }
    const offsets = await Promise.all([...new Set(sharing.map(({ topic }) => topic))].map(settings.committed))
    const committed = new Map(offsets.flat().map((offset) => [nameOf(offset), offset]))
    const stays = ({ topic, partition, offset }: TopicOffset) => {
      const now = committed.get(nameOf({ topic, partition }))
      // A committed offset beyond ours: another member has worked on it in between.
      return now !== undefined && now.offset <= offset && sharing.some((share) => nameOf(share) === nameOf(now))
    }
    const revoked = [...held.values()].filter((offset) => !stays(offset)).sort(byPartition)
    for (const partition of revoked) held.delete(nameOf(partition))
    const assigned = sharing
      .filter((share) => !held.has(nameOf(share)))
      .map((share) => committed.get(nameOf(share)) ?? { ...share, offset: 0 })
      .sort(byPartition)
    for (const offset of assigned) held.set(nameOf(offset), offset)
    return { assigned, revoked: revoked.map(({ topic, partition }) => ({ topic, partition })) }
  }

  function take(offer: Offer, recordsMax: number): LogBatch | undefined {
    const name = nameOf(offer)
    const position = held.get(name)
    if (position === undefined || paused.has(name)) return undefined
    const fresh = offer.records.findIndex((record, at) => at >= offer.taken && record.offset >= position.offset)
    const records = fresh === -1 ? [] : offer.records.slice(fresh, fresh + recordsMax)
    offer.taken = fresh === -1 ? offer.records.length : fresh + records.length
    if (offer.taken >= offer.records.length) offer.settle('taken')
    const last = records.at(-1)
    if (last === undefined) return undefined
    const { topic, partition } = offer
    held.set(name, { topic, partition, offset: last.offset + 1 })
    return { topic, partition, records, lag: Math.max(0, offer.end - last.offset - 1) }
  }

  async function poll({ recordsMax, waitMs }: Parameters<Consumer['poll']>[0]): Promise<PollResult> {
    const deadline = performance.now() + waitMs
    for (;;) {
      if (crash !== undefined) throw new Error(`the Kafka group ${settings.group} cannot go on`, { cause: crash })
      bell.quiet()
      const changed = await handOver()
      const batches = [...offers.values()].sort(byPartition).flatMap((each) => take(each, recordsMax) ?? [])
      const restMs = deadline - performance.now()
      const found = changed.assigned.length + changed.revoked.length + batches.length
      if (found > 0 || restMs <= 0 || closed) return { ...changed, batches }
      await bell.wait(restMs)
    }
  }

  async function commit(offsets: readonly TopicOffset[]): Promise<void> {
    for (let again = false; ; again = true) {
      const mine = offsets.filter((offset) => held.has(nameOf(offset)) && joined.lists(offset))
      if (closed || mine.length === 0) return
      const seen = joined.count()
      try {
        await consumer.commitOffsets(mine.map((offset) => ({ ...offset, offset: String(offset.offset) })))
        return
      } catch (error) {
        const type = protocolErrorOf(error)
        if (type === 'ILLEGAL_GENERATION' || type === 'UNKNOWN_MEMBER_ID') return
        if (type !== 'REBALANCE_IN_PROGRESS') throw new Error(`could not commit in ${settings.group}`, { cause: error })
        // Still a member of the sharing that ends: once the next one stands, what is still ours can be committed.
        if (again || !(await joined.after(seen, rejoinWaitMs))) return
      }
    }
  }

  return {
    offer,
    poll,
    commit,
    pause(partitions) {
      for (const partition of partitions) paused.set(nameOf(partition), partition)
      consumer.pause(kafkaPartitions(partitions))
      // A batch of a paused partition would hold up all others of its fetch; it is fetched again later.
      dropOffers((each) => paused.has(nameOf(each)))
    },
    resume(partitions) {
      for (const partition of partitions) paused.delete(nameOf(partition))
      consumer.resume(kafkaPartitions(partitions))
    },
    async close() {
      if (closed) return
      closed = true
      dropOffers()
      bell.ring()
      await consumer.disconnect()
    },
  }
}

function kafkaPartitions(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }))
}

function outcome() {
  let settle: Offer['settle'] = () => undefined
  const promise = new Promise<'taken' | 'dropped'>((resolve) => {
    settle = resolve
  })
  return { promise, settle }
}

/** Waits for a batch to be taken, with a heartbeat in between: the stage may work longer than a session lasts. */
async function keepAlive<T>(waited: Promise<T>, heartbeat: () => Promise<void>, everyMs: number): Promise<T> {
  for (;;) {
    let timer: NodeJS.Timeout | undefined
    const beat = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), everyMs)
    })
    const result = await Promise.race([waited, beat])
    clearTimeout(timer)
    if (result !== undefined) return result
    await heartbeat()
  }
}

/** Keeps the latest sharing of the group as kafkajs reports it; the loop asks for it when it comes by. */
function followJoins(consumer: KafkaConsumer, onJoin: () => void) {
  let latest: TopicPartition[] = []
  let count = 0
  let fresh = false
  const waiters = new Set<() => void>()
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    latest = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    count += 1
    fresh = true
    for (const wake of waiters) wake()
    onJoin()
  })
  return {
    take() {
      if (!fresh) return undefined
      fresh = false
      return latest
    },
    count: () => count,
    lists: (partition: TopicPartition) => latest.some((share) => nameOf(share) === nameOf(partition)),
    /** True once a sharing after the `seen`-th stands, false when none does in time. */
    after: (seen: number, ms: number) =>
      new Promise<boolean>((resolve) => {
        if (count > seen) return resolve(true)
        const wake = () => {
          clearTimeout(timer)
          waiters.delete(wake)
          resolve(count > seen)
        }
        const timer = setTimeout(wake, ms)
        waiters.add(wake)
      }),
  }
}

/** The broker's own name of an error, under the layers that retrying puts around it. */
function protocolErrorOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at.type
  }
  return undefined
}
