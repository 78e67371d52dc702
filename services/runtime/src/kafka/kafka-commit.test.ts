import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consumer } from 'kafkajs'
import { openCommitter } from './kafka-commit.ts'
import type { Membership } from './kafka-membership.ts'
import { openPositions } from './kafka-positions.ts'

const at = { topic: 't', partition: 0 }

/** A member that holds one partition from offset 0 on, in a group of which the test says what becomes. */
function member() {
  const group = { count: 1, taken: 1, memberId: 'first', answer: undefined as string | undefined, rejoin: () => {} }
  const committed: number[] = []
  const membership: Membership = {
    take: () => undefined,
    hasNews: () => group.count > group.taken,
    count: () => group.count,
    memberId: () => group.memberId,
    lists: () => true,
    joined: () => true,
    after: async () => {
      group.rejoin()
      return true
    },
    failure: () => undefined,
  }
  const consumer = {
    commitOffsets: async ([{ offset }]: [{ offset: string }]) => {
      const type = group.answer
      group.answer = undefined
      if (type !== undefined) throw Object.assign(new Error(type), { type })
      committed.push(Number(offset))
    },
  } as unknown as Consumer
  const positions = openPositions()
  positions.change([at], [{ ...at, offset: 0 }])
  return { group, committed, positions, committer: openCommitter(consumer, 'g', membership, positions) }
}

test('in the middle of a rebalance it waits, and commits when the next assignment stands', async () => {
  const { group, committed, committer } = member()
  group.answer = 'REBALANCE_IN_PROGRESS'
  group.rejoin = () => void group.count++
  await committer.commit([{ ...at, offset: 5 }])
  assert.deepEqual(committed, [5])
})

test('a member that the group had given up takes nothing back that others have committed since', async () => {
  for (const cause of ['woke before the commit', 'given up during it', 'two assignments passed'] as const) {
    const { group, committed, positions, committer } = member()
    if (cause === 'woke before the commit') group.count++
    else group.answer = 'REBALANCE_IN_PROGRESS'
    group.rejoin = () => {
      group.count += cause === 'two assignments passed' ? 2 : 1
      group.memberId = cause === 'given up during it' ? 'second' : 'first'
    }
    await committer.commit([{ ...at, offset: 5 }])
    assert.deepEqual(committed, [], cause)
    group.taken = group.count
    // Others have come to 9: gone and come. Then its own 5 is nobody's business any more.
    const { revoked } = positions.change([at], [{ ...at, offset: 9 }])
    assert.deepEqual(revoked, [at])
    await committer.catchUp(revoked)
    assert.deepEqual(committed, [], cause)
  }
})

test('what nobody else has worked on since is committed once the loop knows of the assignment', async () => {
  const { group, committed, committer } = member()
  group.count++
  await committer.commit([{ ...at, offset: 5 }])
  group.taken = group.count
  await committer.catchUp([])
  assert.deepEqual(committed, [5])
})
