import type { Consumer as KafkaConsumer } from 'kafkajs'
import type { TopicPartition } from '../log/log.ts'
import { nameOf } from '../log/topic-partition.ts'

/** What kafkajs's events say about this member, kept for the one loop that acts on it. */
export interface Membership {
  /** The latest assignment of the group, once; undefined when it is known already. */
  take(): readonly TopicPartition[] | undefined
  /** Whether there is a assignment that `take` has not given yet. */
  hasNews(): boolean
  /** How many assignments this member has seen. */
  count(): number
  /** As which member of the group it took part in the latest one: another id each time that the group had given it up. */
  memberId(): string
  lists(partition: TopicPartition): boolean
  /** False while kafkajs restarts: then there is no group to pause in or to commit to. */
  joined(): boolean
  /** True once a assignment after the `seen`-th stands, false when none does in time. */
  after(seen: number, ms: number): Promise<boolean>
  /** Why kafkajs has given up, when it has. */
  failure(): Error | undefined
}

/** Calls `onChange` after each event, never anything else: callbacks signal, the loop acts. */
export function followMembership(consumer: KafkaConsumer, onChange: () => void): Membership {
  let latest: readonly TopicPartition[] = []
  let memberId = ''
  let count = 0
  let fresh = false
  let joined = false
  let failure: Error | undefined
  const waiters = new Set<() => void>()
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    latest = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
    memberId = payload.memberId
    count += 1
    fresh = true
    joined = true
    for (const wake of waiters) wake()
    onChange()
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    joined = false
    if (!payload.restart) failure = payload.error
    onChange()
  })
  return {
    take() {
      if (!fresh) return undefined
      fresh = false
      return latest
    },
    hasNews: () => fresh,
    count: () => count,
    memberId: () => memberId,
    lists: (partition) => latest.some((share) => nameOf(share) === nameOf(partition)),
    joined: () => joined,
    failure: () => failure,
    after: (seen, ms) =>
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
