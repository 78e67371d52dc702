import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import fc from 'fast-check'
import { noon } from '../../test-support/event-of.ts'
import { profileKeys } from '../../test-support/profile-keys.ts'
import { hasher, shapeOf } from '../../test-support/taught.ts'
import { hashedKeys } from '../event/event-keys.ts'
import { Profile } from '../profile/profile.ts'
import { contextText, keyText } from '../profile/profile-key.ts'
import { SharedCounts } from './shared-level.ts'

const agents = ['a', 'b', 'c'] as const
const lesson = fc.record({
  agent: fc.constantFrom(...agents),
  weight: fc.constantFrom(1, 2, 8),
  event: fc.record(
    {
      action: fc.constantFrom('read', 'write'),
      destinations: fc.array(fc.constantFrom('a@x.example', 'b@x.example', 'notes.txt'), { maxLength: 3 }),
      bytes_sent: fc.nat(40),
    },
    { requiredKeys: ['action'] },
  ) as fc.Arbitrary<Partial<AgentEvent>>,
})

const keysOf = (event: Partial<AgentEvent>) => hashedKeys(hasher, shapeOf(event))

/** Counts by text, and who has each text: sets instead of numbers. */
function naive(lessons: readonly { agent: string; weight: number; event: Partial<AgentEvent> }[]) {
  const counts = new Map<number, number>()
  const sets = new Map<number, Set<unknown>>()
  for (const { agent, weight, event } of lessons) {
    for (const { family, context, x } of profileKeys(shapeOf(event))) {
      const [of, key] = [hasher.hash(contextText(family, context)), hasher.hash(keyText(family, context, x))]
      for (const text of [of, key]) counts.set(text, (counts.get(text) ?? 0) + weight)
      sets.set(of, (sets.get(of) ?? new Set()).add(key))
      sets.set(key, (sets.get(key) ?? new Set()).add(agent))
    }
  }
  return [...counts]
    .map(([key, count]) => ({ key, count, auxiliary: sets.get(key)!.size }))
    .sort((a, b) => a.key - b.key)
}

test('keys know how many agents have them, contexts how many keys they have, through learning and unlearning', () => {
  fc.assert(
    fc.property(
      fc.array(lesson, { maxLength: 25 }),
      fc.array(lesson, { maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (kept, taken, dice) => {
        const level = new SharedCounts()
        const profiles = new Map(agents.map((agent) => [agent, new Profile()]))
        const all = [...kept, ...taken].map((one) => ({ one, at: dice.next().value })).sort((a, b) => a.at - b.at)
        for (const { one } of all) {
          const profile = profiles.get(one.agent)!
          level.fold(keysOf(one.event), one.weight, profile)
          profile.fold(keysOf(one.event), one.weight, noon)
        }
        assert.deepEqual(level.table.entries(), naive([...kept, ...taken]))
        for (const { agent, event, weight } of taken) {
          const profile = profiles.get(agent)!
          profile.unfold(keysOf(event), weight)
          level.unfold(keysOf(event), weight, profile)
        }
        assert.deepEqual(level.table.entries(), naive(kept))
        assert.equal(level.events, kept.length)
      },
    ),
  )
})

test('a level comes back from knowledge as it was packed', () => {
  const level = new SharedCounts()
  level.fold(keysOf({ destinations: ['a@x.example'] }), 4, new Profile())
  level.agents = 3
  const again = SharedCounts.from({
    tenant: 'acme',
    group: '*',
    agents: level.agents,
    events: level.events,
    table: level.table.pack(),
  })
  assert.deepEqual([again.agents, again.events, again.table.entries()], [3, 1, level.table.entries()])
})
