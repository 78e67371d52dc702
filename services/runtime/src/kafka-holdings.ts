import type { Offer } from './kafka-offers.ts'
import type { LogBatch, PollResult, TopicOffset, TopicPartition } from './log.ts'
import { byPartition, nameOf } from './topic-partition.ts'

/** The partitions that the loop knows it holds, each with the next offset it will take. */
export interface Holdings {
  has(partition: TopicPartition): boolean
  /** Goes from what is held to a new sharing, given what the group has committed of its topics. */
  change(
    sharing: readonly TopicPartition[],
    committed: readonly TopicOffset[],
  ): Pick<PollResult, 'assigned' | 'revoked'>
  /**
   * From where an offer must be fetched again, since it begins beyond the place that is held: kafkajs and this member heard of
   * different committed offsets. Told once a place; where the second offer begins as late, nothing is left in between.
   */
  missing(offer: Offer): number | undefined
  /** The next records of an offer, at most so many, without what was taken before. */
  take(offer: Offer, recordsMax: number): LogBatch | undefined
}

/**
 * A partition that stays through a rebalance keeps its place: what kafkajs fetches again from the committed offset is
 * left out. If the committed offset is beyond that place, another member has worked in between, and the partition is
 * reported as gone and come.
 */
export function openHoldings(): Holdings {
  const held = new Map<string, TopicOffset>()
  const told = new Map<string, number>()
  return {
    has: (partition) => held.has(nameOf(partition)),
    change(sharing, committed) {
      told.clear()
      const shared = new Set(sharing.map(nameOf))
      const stand = new Map(committed.map((offset) => [nameOf(offset), offset.offset]))
      const revoked = [...held].flatMap(([name, { topic, partition, offset }]) => {
        if (shared.has(name) && (stand.get(name) ?? 0) <= offset) return []
        held.delete(name)
        return { topic, partition }
      })
      const assigned = sharing.flatMap(({ topic, partition }) => {
        const name = nameOf({ topic, partition })
        if (held.has(name)) return []
        const offset = { topic, partition, offset: stand.get(name) ?? 0 }
        held.set(name, offset)
        return offset
      })
      return { assigned: assigned.sort(byPartition), revoked: revoked.sort(byPartition) }
    },
    missing(offer) {
      const name = nameOf(offer)
      const place = held.get(name)?.offset
      const first = offer.records.find((record, at) => at >= offer.taken && record.offset >= (place ?? 0))
      if (place === undefined || first === undefined || first.offset === place || told.get(name) === place)
        return undefined
      told.set(name, place)
      return place
    },
    take(offer, recordsMax) {
      const position = held.get(nameOf(offer))
      if (position === undefined) return undefined
      const fresh = offer.records.findIndex((record, at) => at >= offer.taken && record.offset >= position.offset)
      const records = fresh === -1 ? [] : offer.records.slice(fresh, fresh + recordsMax)
      offer.taken = fresh === -1 ? offer.records.length : fresh + records.length
      if (offer.taken >= offer.records.length) offer.settle('taken')
      const last = records.at(-1)
      if (last === undefined) return undefined
      const { topic, partition } = offer
      held.set(nameOf(offer), { topic, partition, offset: last.offset + 1 })
      return { topic, partition, records, lag: Math.max(0, offer.end - last.offset - 1) }
    },
  }
}
