import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import fc from 'fast-check'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { followWindows, OpenWindows, octaveOf } from './activity-windows.ts'
import { followSession, newAgentClock } from './agent-clock.ts'

const minute = 60_000
const follow = (windows: OpenWindows, time: number, changes: Partial<AgentEvent> = {}) => {
  const event = eventOf({ time: noon + time, ...changes })
  return followWindows(windows, event, { received: event.bytes_received ?? null, time: event.time, ageMs: 0 })
}
const named = (totals: readonly { measure: string; total: number }[], window: string) =>
  Object.fromEntries(
    totals.filter(({ measure }) => measure.startsWith(window)).map(({ measure, total }) => [measure, total]),
  )

test('a window adds up from its first event and is reported when the next event finds it full', () => {
  const windows = new OpenWindows()
  follow(windows, 0, { bytes_sent: 100, action: 'users.delete', outcome: 'denied' })
  follow(windows, 4 * minute, { bytes_sent: 20, outcome: 'success', destinations: ['a@x.example'] })
  assert.deepEqual(follow(windows, 5 * minute - 1).closed, [])
  assert.deepEqual(named(follow(windows, 5 * minute, { bytes_sent: 7 }).closed, '5m'), {
    '5m sent': 120,
    '5m events': 3,
    '5m destructive': 1,
    '5m refused': 1,
  })
  const { closed } = follow(windows, 60 * minute)
  assert.deepEqual(named(closed, '1h'), {
    ...{ '1h sent': 127, '1h events': 4, '1h destructive': 1, '1h refused': 1 },
    ...{ '1h destinations': 1, '1h systems': 1 },
  })
  // Of received bytes and records nobody said anything: they are unknown, not zero.
  assert.ok(!closed.some(({ measure }) => /received|records/.test(measure)))
})

test('an event tells the totals that it took into a higher octave, and no others', () => {
  const windows = new OpenWindows()
  const passes = (bytes_sent: number) => named(follow(windows, 0, { bytes_sent }).passed, '1d')
  assert.deepEqual(passes(10), { '1d sent': 10 })
  assert.deepEqual(passes(4), {})
  assert.deepEqual(passes(1), { '1d sent': 15 })
  assert.deepEqual(passes(0), {})
  assert.deepEqual(passes(1_000), { '1d sent': 1_015 })
})

test('different places of an hour are counted once each', () => {
  const windows = new OpenWindows()
  for (let at = 0; at < 40; at++) follow(windows, at, { resource: `r${at % 10}`, system: `s${at % 3}` })
  const { closed } = follow(windows, 61 * minute)
  assert.deepEqual([named(closed, '1h')['1h resources'], named(closed, '1h')['1h systems']], [10, 3])
})

test('the longest gap is remembered and fades by half in thirty days', () => {
  const clock = newAgentClock()
  const day = 1_440 * minute
  for (const time of [0, day, day + minute, 31 * day + minute]) followSession(clock, eventOf({ time: noon + time }))
  assert.equal(clock.longest_gap, 30 * day)
  followSession(clock, eventOf({ time: noon + 46 * day + minute }))
  assert.equal(clock.longest_gap, Math.round((30 * day) / Math.SQRT2))
})

test('whatever comes, windows stay small, come back from their state as they were, and no total falls within a window', () => {
  const event = fc.record({
    wait: fc.nat(90 * minute),
    bytes_sent: fc.nat(2 ** 50),
    resource: fc.string({ minLength: 1 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const windows = new OpenWindows()
      let time = 0
      for (const { wait, ...changes } of events) {
        time += wait
        const { passed, closed } = follow(windows, time, changes)
        for (const { total } of [...passed, ...closed]) assert.ok(total >= 1 || octaveOf(total) === 0)
        for (const { total } of [...passed, ...closed]) assert.ok(total <= 2 ** 50)
      }
      const state = JSON.stringify(windows)
      assert.ok(state.length < 1_000)
      assert.equal(JSON.stringify(OpenWindows.fromState(JSON.parse(state))), state)
    }),
  )
})
