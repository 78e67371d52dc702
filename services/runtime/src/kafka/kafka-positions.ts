import type { LogBatch, PollResult, TopicOffset, TopicPartition } from '../log/log.ts'
import { byPartition, nameOf } from '../log/topic-partition.ts'
import type { FetchedBatch } from './kafka-fetched-batches.ts'

/** The partitions that the loop knows it holds, each with the next offset it will take. */
export interface Positions {
  has(partition: TopicPartition): boolean
  /** Goes from what is held to a new assignment, given what the group has committed of its topics. */
  change(
    assignment: readonly TopicPartition[],
    committed: readonly TopicOffset[],
  ): Pick<PollResult, 'assigned' | 'revoked'>
  /**
   * From where a batch must be fetched again, since it begins beyond the place that is held: kafkajs and this member heard of
   * different committed offsets. Reported once a place; where the second fetched begins as late, nothing is left in between.
   */
  missing(fetched: FetchedBatch): number | undefined
  /** The next records of an fetched, at most so many, without what was taken before. */
  take(fetched: FetchedBatch, recordsMax: number): LogBatch | undefined
}

/**
 * A partition that stays through a rebalance keeps its place: what kafkajs fetches again from the committed offset is
 * left out. If the committed offset is beyond that place, another member has worked in between, and the partition is
 * reported as gone and come.
 */
export function openPositions(): Positions {
  const held = new Map<string, TopicOffset>()
  const reported = new Map<string, number>()
  return {
    has: (partition) => held.has(nameOf(partition)),
    change(assignment, committed) {
      reported.clear()
      const shared = new Set(assignment.map(nameOf))
      const stand = new Map(committed.map((offset) => [nameOf(offset), offset.offset]))
      const revoked = [...held].flatMap(([name, { topic, partition, offset }]) => {
        if (shared.has(name) && (stand.get(name) ?? 0) <= offset) return []
        held.delete(name)
        return { topic, partition }
      })
      const assigned = assignment.flatMap(({ topic, partition }) => {
        const name = nameOf({ topic, partition })
        if (held.has(name)) return []
        const offset = { topic, partition, offset: stand.get(name) ?? 0 }
        held.set(name, offset)
        return offset
      })
      return { assigned: assigned.sort(byPartition), revoked: revoked.sort(byPartition) }
    },
    missing(fetched) {
      const name = nameOf(fetched)
      const place = held.get(name)?.offset
      const first = fetched.records.find((record, at) => at >= fetched.taken && record.offset >= (place ?? 0))
      if (place === undefined || first === undefined || first.offset === place || reported.get(name) === place)
        return undefined
      reported.set(name, place)
      return place
    },
    take(fetched, recordsMax) {
      const position = held.get(nameOf(fetched))
      if (position === undefined) return undefined
      const fresh = fetched.records.findIndex((record, at) => at >= fetched.taken && record.offset >= position.offset)
      const records = fresh === -1 ? [] : fetched.records.slice(fresh, fresh + recordsMax)
      fetched.taken = fresh === -1 ? fetched.records.length : fresh + records.length
      if (fetched.taken >= fetched.records.length) fetched.settle('taken')
      const last = records.at(-1)
      if (last === undefined) return undefined
      const { topic, partition } = fetched
      held.set(nameOf(fetched), { topic, partition, offset: last.offset + 1 })
      return { topic, partition, records, lag: Math.max(0, fetched.end - last.offset - 1) }
    },
  }
}
