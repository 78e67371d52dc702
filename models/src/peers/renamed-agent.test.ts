import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import fc from 'fast-check'
import { type AgentHabits, moreAlike, renamedFrom } from './renamed-agent.ts'

// Promise 19: who takes the place of a silent agent is reported; who works beside one, or in its rest, is not.

/** A Monday. */
const start = 20_458 * dayMs

interface Work {
  readonly from: number
  readonly days: number
  readonly steps?: Record<string, number>
  readonly hours?: readonly number[]
  readonly weekends?: boolean
  readonly destinations?: Record<string, number>
  readonly credentials?: readonly string[]
}

function habits({
  from,
  days,
  steps = { 'git/read': 8, 'git/comment': 3, 'ci/log': 1 },
  hours = [8, 9, 10, 13, 14, 16],
  ...work
}: Work): AgentHabits {
  const active = new Map<number, number>()
  for (let day = 0; day < days; day++) {
    if (work.weekends !== true && (Math.floor(from / dayMs) + day + 3) % 7 >= 5) continue
    for (const hour of hours) active.set(from / hourMs + 24 * day + hour, 12)
  }
  const all = [...active.keys()]
  return {
    first_time: Math.min(...all) * hourMs,
    last_time: (Math.max(...all) + 0.5) * hourMs,
    steps: new Map(Object.entries(steps)),
    hours: active,
    destinations: new Map(Object.entries(work.destinations ?? {})),
    credentials: new Set(work.credentials),
  }
}

const old = habits({ from: start, days: 26 })
const came = start + 28 * dayMs
const until = came + dayMs

test('the same work at the same hours from the day that the other fell silent', () => {
  const likeness = renamedFrom(habits({ from: came, days: 1 }), old, until)
  assert.ok(likeness !== undefined && likeness.steps > 0.99 && likeness.hours > 0.99)
})

test('no rename: the other was alive, left long ago, or would not have worked in that time', () => {
  assert.equal(renamedFrom(habits({ from: came - 7 * dayMs, days: 8 }), old, until), undefined)
  const late = came + 10 * dayMs
  assert.equal(renamedFrom(habits({ from: late, days: 1 }), old, late + dayMs), undefined)
  const saturday = start + 26 * dayMs
  const atWeekend = habits({ from: saturday, days: 2, weekends: true })
  assert.equal(renamedFrom(atWeekend, old, saturday + 2 * dayMs), undefined)
  const atNight = habits({ from: came, days: 1, hours: [0, 1, 2, 3, 4] })
  assert.equal(renamedFrom(atNight, old, came + 6 * hourMs), undefined)
})

test('no rename: other work, other hours, other places', () => {
  const asks = (work: Partial<Work>) => renamedFrom(habits({ from: came, days: 1, ...work }), old, until)
  assert.equal(asks({ steps: { 'erp/read': 5, 'git/read': 1 } }), undefined)
  assert.equal(asks({ hours: [18, 19, 20, 21, 22, 23] }), undefined)
  const sends = { ...old, destinations: new Map([['a@acme.example', 40]]) }
  const to = (destinations: Record<string, number>) =>
    renamedFrom(habits({ from: came, days: 1, destinations }), sends, until)
  assert.equal(to({ 'x@elsewhere.example': 20 }), undefined)
  assert.equal(to({ 'b@acme.example': 20 })?.destinations, 1)
})

test('the same credential says more than the habits, and less than nothing in common', () => {
  const holds = { ...old, credentials: new Set(['jti:1']) }
  const asks = (steps: Record<string, number>) =>
    renamedFrom(
      habits({ from: came, days: 1, steps, hours: [18, 19, 20, 21], credentials: ['jti:1'] }),
      holds,
      until + dayMs,
    )
  assert.equal(asks({ 'git/read': 5, 'git/merge': 5 })?.credential, 'jti:1')
  assert.equal(asks({ 'erp/read': 5 }), undefined)
  const [byCredential, byHabit] = [asks({ 'git/read': 5 }), renamedFrom(habits({ from: came, days: 1 }), old, until)]
  assert.ok(byCredential && byHabit && moreAlike(byCredential, byHabit) > 0)
})

test('property: an agent heard after the newcomer came is never its old name, however alike they are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 20 * 24 }), fc.integer({ min: 1, max: 20 }), (hoursAfter, days) => {
      const newcomer = habits({ from: came, days })
      const alive = { ...old, last_time: newcomer.first_time + hoursAfter * hourMs }
      assert.equal(renamedFrom(newcomer, alive, came + 30 * dayMs), undefined)
    }),
  )
})

test('property: shares stay from 0 to 1, and nothing but the counts says how alike two are', () => {
  const counts = fc.dictionary(fc.constantFrom('a/b', 'a/c', 'd/e', 'f/g'), fc.integer({ min: 1, max: 1e6 }), {
    minKeys: 1,
  })
  fc.assert(
    fc.property(counts, counts, (one, other) => {
      const likeness = renamedFrom(
        habits({ from: came, days: 1, steps: one }),
        habits({ from: start, days: 26, steps: other }),
        until,
      )
      if (likeness === undefined) return
      for (const share of [likeness.steps, likeness.hours]) assert.ok(share >= 0 && share <= 1)
      assert.ok(likeness.steps >= 0.85)
    }),
  )
})
