import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { WindowTotal } from '@straylight/schemas/window-total'
import fc from 'fast-check'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { sketchWords } from '../profile/distinct-sketch.ts'
import { Profile } from '../profile/profile.ts'
import { OpenWindows, windowKinds } from './activity-windows.ts'
import { type AgentClock, aheadMaxMs, followSession, newAgentClock } from './agent-clock.ts'

// Promise 13: no date and no field left out switches anything off.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** An event of the time that it claims, and when the log took it. */
interface Sent {
  readonly time: number
  readonly logged: number
  readonly changes?: Partial<AgentEvent>
}
const sentAt = (time: number, logged = time, changes: Partial<AgentEvent> = {}): Sent => ({ time, logged, changes })
const follow = (clock: AgentClock, { time, logged, changes }: Sent) =>
  followSession(clock, eventOf({ time: noon + time, session: 's', bytes_sent: 100, ...changes }), noon + logged)

/** The highest total of a measure that any event of the stream was judged by. */
function highest(stream: readonly Sent[], measure: string): number {
  const clock = newAgentClock()
  const totals = stream.flatMap((sent) => follow(clock, sent).order.passed)
  return Math.max(0, ...totals.filter((total) => total.measure === measure).map(({ total }) => total))
}
/** The highest session total that any event of the stream was judged by. */
function highestSession(stream: readonly Sent[]): number {
  const clock = newAgentClock()
  return Math.max(...stream.map((sent) => follow(clock, sent).order.session_bytes_sent))
}

const calls = 3_000
/** One honest call a second. */
const honest = Array.from({ length: calls }, (_, at) => sentAt(at * 1_000, at * 1_000 + 300))

/** What an attacker does to its dates; each is held to the same calls with honest ones. */
const attacks: Record<string, readonly Sent[]> = {
  'one event of the future first': [sentAt(285_000, 0), ...honest],
  'one event of a year ahead first': [sentAt(365 * day, 0), ...honest],
  'future and honest events by turns': honest.flatMap((sent) => [sentAt(sent.time + 285_000, sent.logged), sent]),
  'every date a minute older than the last': honest.map(({ logged }, at) => sentAt(-at * minute, logged)),
  'every date a day older than the last': honest.map(({ logged }, at) => sentAt(-at * day, logged)),
  'one honest event, then dates of years ago that go up by a day': [
    sentAt(0),
    ...honest.map(({ logged }, at) => sentAt((at - 2 * calls) * day, logged)),
  ],
  'one honest event, then dates within the day before, six hours apart': [
    sentAt(0),
    ...honest.map(({ logged }, at) => sentAt((-(at % 4) - 1) * 5 * hour, logged)),
  ],
  'an honest date, then one of 25 hours before, by turns': honest.map((sent, at) =>
    at % 2 === 0 ? sent : sentAt(sent.time - 25 * hour, sent.logged),
  ),
}
/** A session of its own for each event: its totals tell nothing. */
const alone = (sent: Sent, at: number): Sent => ({ ...sent, changes: { ...sent.changes, session: `s${at}` } })

for (const [name, stream] of Object.entries(attacks)) {
  test(`no date takes calls out of the day's window or of the session: ${name}`, () => {
    const sessionless = stream.map(alone)
    assert.ok(highest(sessionless, '1d sent') >= highest(honest, '1d sent'))
    assert.ok(highestSession(stream) >= highestSession(honest))
    // An hour's window is that of dates within the last day, and of the present beyond.
    assert.ok(highest(sessionless, '1h events') >= calls / 25)
  })
}

test('one event of the future leaves all windows of the honest ones as they are', () => {
  const clean = newAgentClock()
  const attacked = newAgentClock()
  follow(attacked, sentAt(285_000, 0, { bytes_sent: 0 }))
  for (const sent of honest) {
    const one = follow(clean, sent).order
    const other = follow(attacked, sent).order
    assert.equal(other.late, false)
    assert.equal(other.session_bytes_sent, one.session_bytes_sent)
  }
  for (const measure of ['5m sent', '1h sent', '1d sent']) {
    assert.ok(highest(attacks['one event of the future first'] ?? [], measure) >= highest(honest, measure), measure)
  }
})

test('a clock never runs ahead of the log by more than its bound, and never back', () => {
  const sent = fc.record({ time: fc.integer({ min: -40 * day, max: 400 * day }), wait: fc.nat(2 * hour) })
  fc.assert(
    fc.property(fc.array(sent, { minLength: 1, maxLength: 60 }), (stream) => {
      const clock = newAgentClock()
      let logged = 0
      let before = 0
      for (const { time, wait } of stream) {
        logged += wait
        follow(clock, sentAt(time, logged))
        assert.ok(clock.clock <= noon + logged + aheadMaxMs)
        assert.ok(clock.clock >= before)
        before = clock.clock
      }
    }),
  )
})

const shuffled = (length: number) => fc.shuffledSubarray([...Array(length).keys()], { minLength: length })

for (const { name, length } of windowKinds) {
  test(`events within ${name} fill the same window in whatever order they come`, () => {
    const stream = fc.tuple(
      fc.array(fc.tuple(fc.nat(length - 1), fc.nat(1_000)), { minLength: 12, maxLength: 12 }),
      shuffled(12),
    )
    fc.assert(
      fc.property(stream, ([events, order]) => {
        const end = length
        const totalOf = (places: readonly number[]) => {
          const clock = newAgentClock()
          const totals = new Map<string, number>()
          for (const place of places) {
            const [time, bytes_sent] = events[place] as [number, number]
            const { passed, closed } = follow(clock, sentAt(time, end, { bytes_sent })).order
            assert.deepEqual(named(closed, name), [])
            for (const { measure, total } of named(passed, name)) totals.set(measure, total)
          }
          // A thousand millions more is a doubling of every amount: it tells what all before came to.
          const { passed } = follow(
            clock,
            sentAt(Math.max(...events.map(([time]) => time)), end, { bytes_sent: 1e9 }),
          ).order
          return named(passed, name).find(({ measure }) => measure === `${name} sent`)?.total
        }
        const inTime = [...events.keys()].sort((one, other) => (events[one]?.[0] ?? 0) - (events[other]?.[0] ?? 0))
        assert.equal(totalOf(order), totalOf(inTime))
      }),
      { numRuns: 50 },
    )
  })
}
const named = (totals: readonly WindowTotal[], window: string) =>
  totals.filter(({ measure }) => measure.startsWith(window))

test('whatever dates say, all that was sent is in some window, and windows end no faster than the log goes', () => {
  const sent = fc.record({
    time: fc.integer({ min: -3 * day, max: 2 * day }),
    wait: fc.nat(10 * minute),
    bytes: fc.nat(1_000_000),
  })
  fc.assert(
    fc.property(fc.array(sent, { minLength: 1, maxLength: 80 }), (stream) => {
      const clock = newAgentClock()
      follow(clock, sentAt(0, 0, { bytes_sent: 0 }))
      const closed = new Map<string, number[]>()
      let logged = 0
      let all = 0
      for (const { time, wait, bytes } of stream) {
        logged += wait
        all += bytes
        for (const { measure, total } of follow(clock, sentAt(time, logged, { bytes_sent: bytes })).order.closed)
          closed.set(measure, [...(closed.get(measure) ?? []), total])
      }
      for (const { name, length } of windowKinds) {
        const sums = closed.get(`${name} sent`) ?? []
        const open = openSent(clock.windows, name)
        assert.equal(sums.reduce((sum, total) => sum + total, 0) + open, all, name)
        // Those of the agent's clock, and those of dates up to a day back.
        const most = (logged + aheadMaxMs) / length + (logged + aheadMaxMs + day) / length + 2
        assert.ok(sums.length <= most, name)
      }
    }),
  )
})

/** What the open windows of a kind hold, the late one with it: 'sent' stands behind when it began. */
function openSent(windows: OpenWindows, name: string): number {
  const sizes = windowKinds.map(({ amounts, distincts }) => 1 + amounts.length + sketchWords * distincts.length)
  const before = windowKinds.findIndex((known) => known.name === name)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const at = sum(sizes.slice(0, before)) + 1
  const state = windows.toJSON()
  return (state[at] ?? 0) + (state[at + sum(sizes)] ?? 0)
}

test('windows with late ones come back from their state, and from states that had none', () => {
  const clock = newAgentClock()
  follow(clock, sentAt(0, 0))
  const before = JSON.stringify(clock.windows)
  assert.equal(JSON.stringify(OpenWindows.fromState(JSON.parse(before))), before)
  for (const back of [6 * minute, 2 * hour, 20 * hour, 30 * hour]) follow(clock, sentAt(-back, 0))
  const after = JSON.stringify(clock.windows)
  const restored = OpenWindows.fromState(JSON.parse(after))
  assert.equal(JSON.stringify(restored), after)
  assert.ok(after.length > before.length)
  const [one, other] = [clock, { ...clock, windows: restored }]
  const next = sentAt(-2 * hour + 6 * minute, 0, { bytes_sent: 1e6 })
  assert.deepEqual(follow(other, next).order, { ...follow(one, next).order, session_bytes_sent: 1e6 + 500 })
})

test('an output that comes late is remembered: what is made of it is not taken for the own', () => {
  const clock = newAgentClock()
  const values = { result_values: ['e:01'] }
  follow(clock, sentAt(0, 0, values))
  follow(clock, sentAt(-hour, 1_000, { action: 'inbox', result_values: ['e:02'] }))
  const { order } = follow(clock, sentAt(2_000, 2_000, { action: 'send', argument_values: { to: ['e:02'] } }))
  assert.deepEqual(
    order.flows?.map(({ source }) => source),
    ['erp/inbox'],
  )
})

test('neither a future date nor old ones lengthen the longest gap, nor does a backlog', () => {
  const clock = newAgentClock()
  for (let at = 0; at < 10; at++) follow(clock, sentAt(at * minute))
  assert.equal(clock.longest_gap, minute)
  follow(clock, sentAt(9 * minute + 285_000, 9 * minute + 1_000))
  assert.ok(clock.longest_gap <= minute)
  // For three days it dates everything at one moment, then honestly again.
  for (let at = 1; at < 72; at++) follow(clock, sentAt(10 * minute, at * hour))
  follow(clock, sentAt(72 * hour))
  assert.ok(clock.longest_gap <= hour)
  // Half a day comes at once.
  for (let at = 0; at < 12; at++) follow(clock, sentAt((73 + at) * hour, 85 * hour))
  assert.ok(clock.longest_gap <= hour)
})

test('a profile keeps when its agent was heard of, and takes the clock for it where that was not written', () => {
  const profile = new Profile()
  follow(profile.clock, sentAt(0, hour))
  const state = profile.toState()
  assert.equal(Profile.fromState(state).clock.heard, noon + hour)
  const { heard: _heard, ...older } = JSON.parse(state) as Record<string, unknown>
  assert.equal(Profile.fromState(JSON.stringify(older)).clock.heard, noon)
})
