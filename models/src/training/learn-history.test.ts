import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import fc from 'fast-check'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { randomEvent } from '../../test-support/random-event.ts'
import { hasher, originDay } from '../../test-support/taught.ts'
import { hashedKeys } from '../event/event-keys.ts'
import { eventShape } from '../event/event-shape.ts'
import { deviationOf } from '../features/deviation.ts'
import { featureNames } from '../features/feature.ts'
import { dayOf, dayWeight } from '../profile/day-weight.ts'
import { Profile } from '../profile/profile.ts'
import { followSession } from '../session/agent-clock.ts'
import { leaveSessionOut, leftOutDeviations } from '../session/session-maxima.ts'
import { agentKeyOf, groupKeyOf, type LearntHistory, learnHistory } from './learn-history.ts'

const agents = ['a', 'b', 'c']
const groups = new Map([
  ['acme|a', 'pair'],
  ['acme|b', 'pair'],
])
const history = fc.array(
  fc.record({
    agent: fc.constantFrom(...agents),
    tenant: fc.constantFrom('acme', 'other'),
    session: fc.constantFrom('s', 't'),
    day: fc.nat(70),
    event: randomEvent,
  }),
  { maxLength: 30 },
)
const eventsOf = (steps: typeof history extends fc.Arbitrary<infer T> ? T : never) =>
  steps
    // A moment of its own for each event: by it tests tell sessions apart.
    .map(({ day, event, ...names }, at) => eventOf({ ...event, ...names, time: noon + day * dayMs + at }))
    .sort((a, b) => a.time - b.time)
const options = { hasher, originDay, groups }
const dump = ({ profiles, levels }: LearntHistory) => ({
  profiles: [...profiles].map(([key, profile]) => [key, profile.table.entries(), profile.events]),
  levels: [...levels].map(([key, level]) => [key, level.table.entries(), level.events, level.agents]),
})

test('names of agents and groups hold their tenant', () => {
  assert.equal(agentKeyOf({ tenant: 'acme', agent: 'bot' }), 'acme|bot')
  assert.equal(groupKeyOf('acme', '*'), 'acme|*')
})

test('history teaches each agent what it would have learnt live, and levels what their agents know', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const events = eventsOf(steps)
      const learnt = learnHistory(events, options)
      const live = new Map<string, Profile>()
      for (const event of events) {
        const profile = live.get(agentKeyOf(event)) ?? new Profile()
        live.set(agentKeyOf(event), profile)
        const shape = eventShape(event, followSession(profile.clock, event).order)
        profile.fold(hashedKeys(hasher, shape), dayWeight(dayOf(event.time), originDay), event.time)
      }
      assert.deepEqual(
        [...learnt.profiles].map(([key, profile]) => [key, profile.toState()]),
        [...live].map(([key, profile]) => [key, profile.toState()]),
      )
      for (const tenant of ['acme', 'other']) {
        const own = events.filter((event) => event.tenant === tenant)
        const level = learnt.levels.get(groupKeyOf(tenant, '*'))
        assert.equal(level?.events ?? 0, own.length)
        assert.equal(level?.agents ?? 0, new Set(own.map(({ agent }) => agent)).size)
      }
      assert.equal(
        learnt.sessions.reduce((sum, session) => sum + session.events.length, 0),
        events.length,
      )
    }),
  )
})

test('peers are the group, and an agent of no group is its own', () => {
  const learnt = learnHistory(
    ['a', 'b', 'c'].map((agent) => eventOf({ agent })),
    options,
  )
  const eventsOfLevel = (group: string) => learnt.levels.get(groupKeyOf('acme', group))?.events
  assert.deepEqual(['pair', 'acme|c', '*'].map(eventsOfLevel), [2, 1, 3])
  const [first] = learnt.sessions
  const levels = learnt.levelsOf(first!)
  assert.equal(levels.peers, learnt.levels.get(groupKeyOf('acme', 'pair')))
  assert.equal(levels.tenant, learnt.levels.get(groupKeyOf('acme', '*')))
})

test('an agent whose group is its whole tenant counts once in it', () => {
  const learnt = learnHistory([eventOf({ agent: 'a' })], { ...options, groups: new Map([['acme|a', '*']]) })
  assert.equal(learnt.levels.get(groupKeyOf('acme', '*'))?.events, 1)
})

test('a session left out is judged as if it had never been, and then all is as before', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const events = eventsOf(steps)
      const learnt = learnHistory(events, options)
      const before = dump(learnt)
      for (const session of learnt.sessions) {
        const levels = learnt.levelsOf(session)
        leaveSessionOut(session, levels, options, ({ profile }) => {
          const others = learnt.sessions.filter((other) => other.agent === session.agent && other !== session)
          assert.equal(
            profile.events,
            others.reduce((sum, other) => sum + other.events.length, 0),
          )
        })
      }
      assert.deepEqual(dump(learnt), before)
    }),
    { numRuns: 40 },
  )
})

/** Totals of windows are learnt by the event that closes them, of whichever session: leaving out one leaves its totals known. */
const ofWindows = /^(window_|rate_excess|destructive_|refused_|fan_out_)/
const besidesWindows = (deviation: Float64Array | undefined) =>
  featureNames.map((name, at) => (ofWindows.test(name) ? 0 : deviation?.[at]))

test('left-out deviations are those of a history without the session', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const events = eventsOf(steps).map((event) => ({ ...event, tenant: 'acme' }))
      const target = events.filter(({ agent, session }) => agent === 'a' && session === 's')
      const learnt = learnHistory(events, options)
      const session = learnt.sessions.find((one) => one.agent === 'acme|a' && one.events.length === target.length)
      // A session that rested a day came apart; the rest of the test is about whole ones.
      if (!session || target.length === 0) return
      const times = new Set(target.map(({ time }) => time))
      if (!session.events.every(({ time }) => times.has(time))) return
      const deviations = leftOutDeviations(session, learnt.levelsOf(session), options)
      const rest = learnHistory(
        events.filter((event) => !target.includes(event)),
        options,
      )
      const profile = rest.profiles.get('acme|a') ?? new Profile()
      const [peers, tenant] = ['pair', '*'].map((group) => rest.levels.get(groupKeyOf('acme', group)))
      if (!peers || !tenant) return
      let at = 0
      leaveSessionOut(session, learnt.levelsOf(session), options, (comparison) => {
        const alone = Object.assign(comparison.with(comparison.shape), { profile, peers, tenant })
        assert.deepEqual(besidesWindows(deviations[at++]), besidesWindows(deviationOf(alone)))
      })
    }),
    { numRuns: 60 },
  )
})
