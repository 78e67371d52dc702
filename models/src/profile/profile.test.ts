import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import fc from 'fast-check'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { profileKeys } from '../../test-support/profile-keys.ts'
import { randomEvent } from '../../test-support/random-event.ts'
import { hasher, shapeOf } from '../../test-support/taught.ts'
import { hashedKeys } from '../event/event-keys.ts'
import { followSession } from '../session/agent-clock.ts'
import { HashedContext, HashedKey } from './hashed-key.ts'
import { addMaximum, type CountRow, Profile } from './profile.ts'
import { contextText, families, familyNames, keyText } from './profile-key.ts'

const keysOf = (event: Partial<AgentEvent>) => hashedKeys(hasher, shapeOf(event))
const countsOf = (profile: Profile) => profile.table.entries()
const weight = fc.constantFrom(1, 2, 4, 8)

test('whatever is folded, in whatever order, the counts are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(randomEvent, weight), { maxLength: 30 }),
      fc.infiniteStream(fc.nat()),
      (events, dice) => {
        const shuffled = events.map((event) => ({ event, at: dice.next().value })).sort((a, b) => a.at - b.at)
        const [one, other] = [new Profile(), new Profile()]
        for (const [event, weight] of events) one.fold(keysOf(event), weight, noon)
        for (const { event } of shuffled) other.fold(keysOf(event[0]), event[1], noon)
        assert.deepEqual(countsOf(other), countsOf(one))
        assert.equal(other.toState(), one.toState())
      },
    ),
  )
})

test('unfolding takes back exactly what was folded, in whatever order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(randomEvent, weight), { maxLength: 15 }),
      fc.array(fc.tuple(randomEvent, weight), { maxLength: 15 }),
      fc.infiniteStream(fc.nat()),
      (kept, taken, dice) => {
        const [expected, profile] = [new Profile(), new Profile()]
        for (const [event, weight] of kept) expected.fold(keysOf(event), weight, noon)
        const all = [...kept, ...taken].map((event) => ({ event, at: dice.next().value })).sort((a, b) => a.at - b.at)
        for (const { event } of all) profile.fold(keysOf(event[0]), event[1], noon)
        const back = taken.map((event) => ({ event, at: dice.next().value })).sort((a, b) => a.at - b.at)
        for (const { event } of back) profile.unfold(keysOf(event[0]), event[1])
        assert.deepEqual(countsOf(profile), countsOf(expected))
        assert.equal(profile.events, expected.events)
        assert.deepEqual(JSON.parse(profile.toState()).family_sizes, JSON.parse(expected.toState()).family_sizes)
      },
    ),
  )
})

test('a profile counts what a map of texts counts', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(randomEvent, weight), { maxLength: 30 }), (events) => {
      const profile = new Profile()
      const totals = new Map<string, number>()
      const types = new Map<string, Set<string>>()
      for (const [event, weight] of events) {
        profile.fold(keysOf(event), weight, noon)
        for (const { family, context, x } of profileKeys(shapeOf(event))) {
          const [of, key] = [contextText(family, context), keyText(family, context, x)]
          totals.set(of, (totals.get(of) ?? 0) + weight)
          totals.set(key, (totals.get(key) ?? 0) + weight)
          types.set(of, (types.get(of) ?? new Set()).add(key))
        }
      }
      assert.equal(profile.table.size, totals.size)
      for (const [text, total] of totals) assert.equal(profile.table.count(hasher.hash(text)), total, text)
      for (const [text, keys] of types) assert.equal(profile.table.auxiliary(hasher.hash(text)), keys.size, text)
    }),
  )
})

test('an agent that invents a million destinations, actions and arguments stays within its caps', () => {
  const profile = new Profile()
  const most = 2 * familyNames.reduce((sum, name) => sum + families[name].cap, 0)
  // Numbers instead of hashed names: a million real hashes say the same and take a minute.
  let next = 1
  const numbered = (family: number, hash: number) => new HashedContext(family, '', '', hash)
  const destination = numbered(familyNames.indexOf('anyDestination'), 2 ** 52)
  for (let at = 0; at < 1_000_000; at++) profile.fold([new HashedKey(destination, '', next++)], 1, noon)
  assert.equal(profile.table.size, families.anyDestination.cap + 1)
  assert.equal(profile.table.count(destination.hash), 1_000_000)
  // New steps are new contexts too.
  for (let at = 0; at < 20_000; at++)
    profile.fold(
      familyNames.map((_, family) => new HashedKey(numbered(family, next++), '', next++)),
      1,
      noon,
    )
  assert.ok(profile.table.size <= most, `${profile.table.size} entries`)
  assert.ok(profile.table.bytes <= 16_384 * 20, `${profile.table.bytes} bytes`)
  assert.ok(profile.toState().length < 300_000)
})

test('what lies beyond a cap stays new, and taking it back does no harm', () => {
  const profile = new Profile()
  const systems = new HashedContext(0, '', '', 7)
  const keys = Array.from({ length: families.system.cap + 5 }, (_, at) => [new HashedKey(systems, '', 100 + at)])
  for (const key of keys) profile.fold(key, 1, noon)
  assert.equal(profile.table.has(keys.at(-1)![0]!.key), false)
  for (const key of keys.reverse()) profile.unfold(key, 1)
  assert.equal(profile.table.size, 0)
  assert.equal(profile.events, 0)
})

test('a profile comes back from its state as it was, and learns on', () => {
  const profile = new Profile()
  const learn = (to: Profile, event: AgentEvent) => {
    followSession(to.clock, event)
    to.fold(keysOf(event), 2, event.time)
  }
  for (let at = 0; at < 30; at++)
    learn(profile, eventOf({ time: noon + at * 60_000, session: `s${at % 3}`, action: `a${at % 7}`, bytes_sent: at }))
  addMaximum(profile.maxima, 12.345)
  addMaximum(profile.maxima, 7.1)
  const scored = [...profile.clock.sessions].find(([key]) => key === 's1')![1]
  scored.score = { highest_score: 9.87654321, highest_risk: -0.1, strayed: true }
  const again = Profile.fromState(profile.toState())
  assert.deepEqual(again, Profile.fromState(again.toState()))
  assert.equal(again.toState(), profile.toState())
  assert.deepEqual([...again.clock.sessions], [...profile.clock.sessions])
  const more = eventOf({ time: noon + 40 * 60_000, session: 's1', action: 'new' })
  learn(profile, more)
  learn(again, more)
  assert.equal(again.toState(), profile.toState())
})

test('a state of another form is refused, with what to do', () => {
  const { form, ...state } = JSON.parse(new Profile().toState())
  assert.equal(form, 2)
  for (const other of [state, { ...state, form: 3 }])
    assert.throws(() => Profile.fromState(JSON.stringify(other)), /is of form [13] .*straylight reset/)
})

test("a profile made of an aggregate's rows is the one that folded the events", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(randomEvent, weight), { maxLength: 30 }), (events) => {
      const folded = new Profile()
      const rows = new Map<number, CountRow>()
      for (const [event, weight] of events) {
        const keys = keysOf(event)
        folded.fold(keys, weight, noon)
        for (const { of, key } of keys) {
          const count = (rows.get(key)?.count ?? 0) + weight
          rows.set(key, { family: familyNames[of.family]!, context: of.hash, key, count })
        }
      }
      const counted = Profile.fromCounts([...rows.values()].reverse())
      assert.deepEqual(countsOf(counted), countsOf(folded))
      assert.deepEqual(JSON.parse(counted.toState()).family_sizes, JSON.parse(folded.toState()).family_sizes)
    }),
  )
})

test('maxima keep mean and spread as if all had been kept', () => {
  const values = [3, 9, 4.5, 20, 7]
  const maxima = { sessions: 0, mean: 0, squares: 0 }
  for (const value of values) addMaximum(maxima, value)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  assert.equal(maxima.sessions, 5)
  assert.ok(Math.abs(maxima.mean - mean) < 1e-12)
  assert.ok(Math.abs(maxima.squares - values.reduce((sum, value) => sum + (value - mean) ** 2, 0)) < 1e-9)
})

test('what a profile of counted rows never learnt beyond its cap is not taken back from it', () => {
  const family = 'trigram'
  const of = (context: string) => new HashedContext(familyNames.indexOf(family), context, context, hasher.hash(context))
  const keyIn = (context: string, x: string) => new HashedKey(of(context), x, hasher.hash(`${context} ${x}`))
  const kept = Array.from({ length: families[family].cap }, (_, at) => keyIn(`c${at}`, 'kept'))
  const row = ({ of: { hash }, key }: HashedKey): CountRow => ({ family, context: hash, key, count: 1 })
  const profile = Profile.fromCounts(kept.map(row))
  const before = countsOf(profile)
  profile.unfold([keyIn('c0', 'beyond')], 2)
  assert.deepEqual(countsOf(profile), before)
  // And where it has found room since, less of it was learnt than is taken back.
  profile.unfold([kept[1] as HashedKey], 1)
  profile.fold([keyIn('c0', 'beyond')], 1, noon)
  profile.unfold([keyIn('c0', 'beyond')], 2)
  profile.unfold([kept[0] as HashedKey], 1)
  assert.equal(profile.table.size, before.length - 4)
  for (const { count, auxiliary } of countsOf(profile)) assert.ok(count > 0 && auxiliary >= 0 && auxiliary <= count)
  assert.deepEqual(countsOf(Profile.fromState(profile.toState())), countsOf(profile))
})
