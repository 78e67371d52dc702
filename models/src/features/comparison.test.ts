import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs } from '@straylight/schemas/duration'
import fc from 'fast-check'
import { assertNear } from '../../test-support/assert-near.ts'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { hasher, originDay, shapeOf, taught } from '../../test-support/taught.ts'
import { SharedCounts } from '../peers/shared-level.ts'
import { dayOf, dayWeight, halfLifeDays } from '../profile/day-weight.ts'
import { Profile } from '../profile/profile.ts'
import { learnHistory } from '../training/learn-history.ts'
import { Comparison, surprise } from './comparison.ts'

const times = (count: number, changes: Partial<AgentEvent>) => Array.from({ length: count }, () => eventOf(changes))
const near = (actual: number, expected: number) => assertNear({ value: actual }, { value: expected })

/** bot reads 3 times and writes once, its peer writes twice, an agent of another role calls 4 times. */
const history = [
  ...times(3, { session: 's' }),
  ...times(1, { session: 's', action: 'write' }),
  ...times(2, { agent: 'peer', session: 'p', action: 'write' }),
  ...times(4, { agent: 'far', session: 'f', system: 'crm', action: 'call' }),
]

test('a probability backs off from agent to peers to tenant to the base', () => {
  const comparison = taught(history, ['bot', 'peer']).against(shapeOf())
  const of = (step: string) => comparison.probability(comparison.keyOf('step', '', step), 0.1)
  near(of('erp/write'), pitmanYor(4, 1, 2, pitmanYor(6, 3, 2, pitmanYor(10, 3, 3, 0.1))))
  near(of('erp/read'), pitmanYor(4, 3, 2, pitmanYor(6, 3, 2, pitmanYor(10, 3, 3, 0.1))))
  near(of('crm/call'), pitmanYor(4, 0, 2, pitmanYor(6, 0, 2, pitmanYor(10, 4, 3, 0.1))))
  near(of('erp/drop'), pitmanYor(4, 0, 2, pitmanYor(6, 0, 2, pitmanYor(10, 0, 3, 0.1))))
  near(of('erp/write'), 1.9 / 7)
  near(
    comparison.probabilityAmongPeers(comparison.keyOf('step', '', 'crm/call'), 0.1),
    pitmanYor(4, 0, 2, pitmanYor(6, 0, 2, 0.1)),
  )
})

test('who has nothing is judged by the next level, and all that is left is the base', () => {
  const stranger = taught(history.slice(4), ['bot', 'peer']).against(shapeOf())
  near(stranger.probability(stranger.keyOf('step', '', 'erp/write'), 0.1), pitmanYor(2, 2, 1, pitmanYor(6, 2, 2, 0.1)))
  near(stranger.probability(stranger.keyOf('privilege', '', 'root'), 0.1), 0.1)
})

const actions = ['a', 'b', 'c', 'd', 'e', 'f']
const someActions = fc.array(
  fc.record({ agent: fc.constantFrom('bot', 'peer', 'far'), action: fc.constantFrom(...actions) }),
)
const summed = (comparison: Comparison) =>
  actions.reduce((p, action) => p + comparison.probability(comparison.keyOf('step', '', `erp/${action}`), 1 / 6), 0)

test('probabilities of all there is sum to one', () => {
  fc.assert(
    fc.property(someActions, (events) => {
      near(summed(taught(events.map(eventOf), ['bot', 'peer']).against(shapeOf())), 1)
    }),
  )
})

test('what is old is never believed less than its share, and nothing is more probable than one', () => {
  fc.assert(
    fc.property(someActions, fc.constantFrom(0.5, 0.125, 2 ** -24), (events, scale) => {
      const { profile, peers, tenant } = taught(events.map(eventOf), ['bot', 'peer'])
      const comparison = new Comparison({ shape: shapeOf(), profile, peers, tenant, scale, hasher })
      assert.ok(summed(comparison) > 1 - 1e-9)
      for (const action of actions)
        assert.ok(comparison.probability(comparison.keyOf('step', '', `erp/${action}`), 1) <= 1)
    }),
  )
})

/** How probable a new place is after this history, and what share of places is new; the deployment began on `began`. */
function newPlace(history: readonly AgentEvent[], began: number): { probability: number; rate: number } {
  const groups = new Map([['acme|bot', 'group']])
  const learnt = learnHistory(history, { hasher, originDay: began, groups })
  const [profile] = learnt.profiles.values()
  const level = learnt.levels.get('acme|*') as SharedCounts
  const asked = dayOf(history.at(-1)?.time ?? noon)
  const comparison = new Comparison({
    ...{ shape: shapeOf(), profile: profile as Profile, peers: level, tenant: level, hasher },
    scale: 1 / dayWeight(asked, began),
  })
  return {
    probability: comparison.probability(comparison.keyOf('destination', 'erp/read', 'elsewhere.example'), 0.01),
    rate: comparison.newRate(comparison.contextOf('destination', 'erp/read'), 0.02, 100),
  }
}

test('who comes in the seventh month is judged like who came in the first', () => {
  const history = Array.from({ length: 60 }, (_, at) =>
    eventOf({ id: String(at), time: noon + at * hourMs, destinations: [`place-${at % 40}.example`] }),
  )
  assert.deepEqual(newPlace(history, originDay - 7 * halfLifeDays), newPlace(history, originDay))
})

test('something new again is never stranger for its habit being old', () => {
  const everyDay = (days: number) =>
    Array.from({ length: 4 * days }, (_, at) =>
      eventOf({
        ...{ id: String(at), time: noon + at * 6 * hourMs },
        destinations: [at % 4 === 0 ? `new-${at}.example` : 'usual.example'],
      }),
    )
  const afterMonth = newPlace(everyDay(29), originDay)
  for (const months of [2, 4, 8]) {
    const { probability, rate } = newPlace(everyDay(months * halfLifeDays), originDay)
    assert.ok(probability >= 0.9 * afterMonth.probability, `${months} months: ${probability}`)
    assert.ok(rate >= 0.9 * afterMonth.rate, `${months} months: ${rate}`)
  }
})

test('surprise is bounded', () => {
  near(surprise(1), 0)
  near(surprise(0), -Math.log(1e-12))
})

test('what is new to the agent, to its other peers and to the tenant', () => {
  const comparison = taught(history, ['bot', 'peer']).against(shapeOf())
  const known = (step: string) => [
    comparison.newToAgent(comparison.keyOf('step', '', step)),
    comparison.otherPeersWith(comparison.keyOf('step', '', step)),
    comparison.newToTenant(comparison.keyOf('step', '', step)),
    comparison.ownCount(comparison.keyOf('step', '', step)),
  ]
  assert.deepEqual(known('erp/read'), [false, 0, false, 3])
  assert.deepEqual(known('erp/write'), [false, 1, false, 1])
  assert.deepEqual(known('crm/call'), [true, 0, false, 0])
  assert.deepEqual(known('erp/drop'), [true, 0, true, 0])
  const all = comparison.contextOf('step', '')
  assert.deepEqual([comparison.ownTotal(all), comparison.peersTotal(all)], [4, 6])
})

const sent = (amount: number, agent = 'bot') => eventOf({ agent, session: agent, bytes_sent: amount })

test('a tail is the share of amounts as large or larger, smoothed from tenant to peers to agent', () => {
  const comparison = taught([sent(100), sent(100), sent(1000)]).against(shapeOf())
  const tailOf = (amount: number) => ({ ...comparison.tail(comparison.contextOf('sent', 'erp/read'), amount) })
  // Each level: (as large + 2 × the level before) / (all + 2), from one half.
  assertNear(tailOf(500), { p: (1 + 2 * ((1 + 2 * ((1 + 1) / 5)) / 5)) / 5, excess: 0, own: 3, peers: 3 })
  // 1000 lies in bin 39, 4000 in bin 47: two octaves above.
  assertNear(tailOf(4000), { p: (2 * ((2 * (1 / 5)) / 5)) / 5, excess: 2, own: 3, peers: 3 })
  assertNear(tailOf(100), { p: (3 + 2 * ((3 + 2 * ((3 + 1) / 5)) / 5)) / 5, excess: 0, own: 3, peers: 3 })
})

test('a tail without amounts is one half and never an excess', () => {
  const comparison = taught([eventOf()]).against(shapeOf())
  assert.deepEqual(
    { ...comparison.tail(comparison.contextOf('sent', 'erp/read'), 2 ** 50) },
    { p: 0.5, excess: 0, own: 0, peers: 0 },
  )
})

test('what another role has moved does not make an amount usual for an agent and its peers', () => {
  const history = [sent(1000), sent(1000), sent(1_000_000, 'far')]
  const comparison = taught(history).against(shapeOf())
  const { excess, own, peers } = comparison.tail(comparison.contextOf('sent', 'erp/read'), 4000)
  assert.deepEqual({ excess, own, peers }, { excess: 2, own: 2, peers: 2 })
})

test('tails fall as amounts rise, and stay probabilities up to the largest session there can be', () => {
  const comparison = taught([...Array.from({ length: 30 }, (_, at) => sent(at * at * 100)), sent(2 ** 50)]).against(
    shapeOf(),
  )
  let last = 1
  for (let amount = 0; amount < 2 ** 53; amount = amount * 2 + 1) {
    const { p, excess } = comparison.tail(comparison.contextOf('sent', 'erp/read'), amount)
    assert.ok(p > 0 && p <= last && excess >= 0 && Number.isFinite(excess), `${amount}: ${p}, ${excess}`)
    last = p
  }
})

test('a rate of new keys is smoothed from tenant to peers to agent', () => {
  const to = (destination: string, agent = 'bot') => eventOf({ agent, destinations: [destination] })
  const comparison = taught([
    to('a@x.example'),
    to('a@x.example'),
    to('b@x.example'),
    to('c@x.example', 'far'),
  ]).against(shapeOf())
  const tenant = (2 * 0.3 + 0.5 * 3) / (4 + 2)
  const peers = (2 * tenant + 0.5 * 2) / (3 + 2)
  const destinations = comparison.contextOf('destination', 'erp/read')
  near(comparison.newRate(destinations, 0.3, 2), (2 * peers + 0.5 * 2) / (3 + 2))
  near(taught([]).against(shapeOf()).newRate(destinations, 0.3, 2), 0.3)
})

test('another event is held against the same levels', () => {
  const comparison = new Comparison({
    shape: shapeOf(),
    profile: new Profile(),
    peers: new SharedCounts(),
    tenant: new SharedCounts(),
    scale: 0.5,
    hasher,
  })
  const other = comparison.with(shapeOf({ action: 'drop' }))
  assert.equal(other.shape.step, 'erp/drop')
  assert.deepEqual(
    [other.profile, other.peers, other.tenant, other.scale],
    [comparison.profile, comparison.peers, comparison.tenant, 0.5],
  )
})
