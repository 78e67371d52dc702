import type { Consumer as KafkaConsumer } from 'kafkajs'
import type { TopicOffset, TopicPartition } from '../log/log.ts'
import { nameOf } from '../log/topic-partition.ts'
import type { Membership } from './kafka-membership.ts'
import type { Positions } from './kafka-positions.ts'

/** Wait for the next assignment before a commit that came in the middle of a rebalance is tried again. */
const rejoinWaitMs = 15_000

/** Commits for a member whose group may be shared out anew at any moment. */
export interface Committer {
  commit(offsets: readonly TopicOffset[]): Promise<void>
  /** Tries once more what a rebalance kept from being committed; what has left since then is another member's. */
  catchUp(revoked: readonly TopicPartition[]): Promise<void>
}

export function openCommitter(
  consumer: KafkaConsumer,
  group: string,
  membership: Membership,
  positions: Positions,
): Committer {
  const late = new Map<string, TopicOffset>()

  /** The broker's reason for not taking them now, or undefined when they stand. Any other error is thrown. */
  async function attempt(offsets: readonly TopicOffset[]): Promise<string | undefined> {
    if (!membership.joined()) return 'REBALANCE_IN_PROGRESS'
    try {
      await consumer.commitOffsets(offsets.map((offset) => ({ ...offset, offset: String(offset.offset) })))
      return undefined
    } catch (error) {
      const reason = protocolErrorOf(error)
      if (reason !== undefined && rebalancing.has(reason)) return reason
      if (!membership.joined()) return 'REBALANCE_IN_PROGRESS'
      throw new Error(`could not commit offsets of the group ${group}`, { cause: error })
    }
  }

  async function commit(offsets: readonly TopicOffset[]): Promise<void> {
    const mine = () => offsets.filter((offset) => positions.has(offset) && membership.lists(offset))
    if (mine().length === 0) return
    const [seen, memberId] = [membership.count(), membership.memberId()]
    // Who stood still may have lost its partitions and got them back, with work of others in between that an older offset would undo.
    const reason = membership.hasNews() ? 'ILLEGAL_GENERATION' : await attempt(mine())
    if (reason === undefined) return
    // Still a member of the assignment that ends: once the next one stands, what is still ours can be committed.
    const next = reason === 'REBALANCE_IN_PROGRESS' && (await membership.after(seen, rejoinWaitMs))
    const again = next && membership.count() === seen + 1 && membership.memberId() === memberId ? mine() : []
    if (again.length > 0 && (await attempt(again)) === undefined) return
    for (const offset of offsets) late.set(nameOf(offset), offset)
  }

  return {
    commit,
    async catchUp(revoked) {
      for (const partition of revoked) late.delete(nameOf(partition))
      const offsets = [...late.values()].filter((offset) => positions.has(offset))
      late.clear()
      if (offsets.length > 0) await commit(offsets)
    },
  }
}

const rebalancing = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])

/** The broker's own name of an error, under the layers that retrying puts around it. */
function protocolErrorOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string') return at.type
  }
  return undefined
}
