import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type GroupedAgent, peerGroups } from './peer-groups.ts'

const agentOf = (agent: string, steps: Record<number, number>, role?: string): GroupedAgent => ({
  agent,
  role,
  steps: new Map(Object.entries(steps).map(([key, count]) => [Number(key), count])),
})

test('agents of like use are grouped, named after the smallest; roles go before', () => {
  const groups = peerGroups([
    agentOf('d', { 7: 5, 8: 5 }),
    agentOf('b', { 1: 10, 2: 3 }),
    agentOf('a', { 1: 100, 2: 50 }),
    agentOf('c', { 7: 50, 8: 40, 9: 1 }),
    agentOf('e', { 1: 10, 2: 3 }, 'finance'),
    agentOf('f', {}),
  ])
  assert.deepEqual(Object.fromEntries(groups), {
    a: 'like:a',
    b: 'like:a',
    c: 'like:c',
    d: 'like:c',
    e: 'role:finance',
    f: 'like:f',
  })
})

const fleets = fc.array(fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5', '6'), fc.integer({ min: 1, max: 40 })), {
  minLength: 1,
  maxLength: 12,
})

/** Merges the likest pair while it is like enough: what the chain must find, in the plainest form. */
function plainly(agents: readonly GroupedAgent[]): string[] {
  const total = ({ steps }: GroupedAgent) => [...steps.values()].reduce((sum, count) => sum + count, 0)
  const likeness = (a: GroupedAgent, b: GroupedAgent) =>
    [...a.steps].reduce(
      (sum, [key, count]) => sum + Math.sqrt((count / total(a)) * ((b.steps.get(key) ?? 0) / (total(b) || 1))),
      0,
    )
  const mean = (a: readonly GroupedAgent[], b: readonly GroupedAgent[]) =>
    a.flatMap((x) => b.map((y) => likeness(x, y))).reduce((sum, one) => sum + one, 0) / (a.length * b.length)
  let clusters = agents.map((agent) => [agent])
  for (;;) {
    const pairs = clusters.flatMap((a, i) => clusters.slice(0, i).map((b) => ({ a, b, like: mean(a, b) })))
    const best = pairs.sort((x, y) => y.like - x.like)[0]
    if (best === undefined || best.like < 0.5) break
    clusters = [...clusters.filter((one) => one !== best.a && one !== best.b), [...best.a, ...best.b]]
  }
  return clusters
    .map((members) =>
      members
        .map(({ agent }) => agent)
        .sort()
        .join(),
    )
    .sort()
}

const asClusters = (groups: ReadonlyMap<string, string>): string[] =>
  [...new Set(groups.values())]
    .map((group) =>
      [...groups.keys()]
        .filter((agent) => groups.get(agent) === group)
        .sort()
        .join(),
    )
    .sort()

test('the chain finds what merging the likest pair finds', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      // Counts of their own for each agent: equal likenesses may be merged in either order.
      const agents = fleet.map((steps, at) => {
        const own = Object.entries(steps).map(([key, count]) => [key, count + (at + 1) / 97 + Number(key) / 7919])
        return agentOf(String.fromCharCode(97 + at), Object.fromEntries(own))
      })
      assert.deepEqual(asClusters(peerGroups(agents)), plainly(agents))
    }),
    { numRuns: 300 },
  )
})

test('the order in which agents come changes nothing', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      const agents = fleet.map((steps, at) => agentOf(`agent-${at}`, steps))
      const forth = [...peerGroups(agents)].sort()
      assert.deepEqual([...peerGroups(agents.toReversed())].sort(), forth)
    }),
    { numRuns: 100 },
  )
})

test('more agents than are clustered pair by pair are all placed, with their like', () => {
  const agents = Array.from({ length: 4_000 }, (_, at) =>
    agentOf(`a${at}`, { [at % 5]: 10, [5 + (at % 5)]: 1 + (at % 3) }),
  )
  const groups = peerGroups(agents)
  assert.equal(groups.size, 4_000)
  assert.equal(new Set(groups.values()).size, 5)
  for (let at = 0; at < 4_000; at++) assert.equal(groups.get(`a${at}`), groups.get(`a${at % 5}`))
})
