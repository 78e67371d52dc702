import type { PollResult, TopicOffset } from '../log/log.ts'
import type { Committer } from './kafka-commit.ts'
import type { Membership } from './kafka-membership.ts'
import type { Positions } from './kafka-positions.ts'

/** Takes the group's latest assignment over into what is held, once; nothing changes when it is known already. */
export function openHandOver(parts: {
  readonly membership: Membership
  readonly positions: Positions
  readonly committer: Committer
  readonly committed: (topic: string) => Promise<readonly TopicOffset[]>
}): () => Promise<Pick<PollResult, 'assigned' | 'revoked'>> {
  const { membership, positions, committer } = parts
  return async () => {
    let assignment = membership.take()
    if (assignment === undefined) return { assigned: [], revoked: [] }
    let committed: readonly TopicOffset[] = []
    // A broker that comes back may be asked for seconds, in which others work: what was heard before the last assignment is old.
    for (let next: typeof assignment | undefined = assignment; next !== undefined; next = membership.take()) {
      assignment = next
      const topics = [...new Set(assignment.map(({ topic }) => topic))]
      committed = (await Promise.all(topics.map(parts.committed))).flat()
    }
    const changed = positions.change(assignment, committed)
    await committer.catchUp(changed.revoked)
    return changed
  }
}
