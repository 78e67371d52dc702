import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { GrowthLimits } from '@straylight/schemas/policy'
import { followSession, newAgentClock } from '../session/agent-clock.ts'
import { DailyAmounts, type DailyKind } from '../session/daily-amounts.ts'
import { seededRandom } from '../training/seeded-random.ts'
import { rampsOf, type SlowRamp } from './slow-ramp.ts'

// Promise 19: amounts that grow day by day are found in time, and ordinary growth is not.

/** A Monday. */
const start = Date.parse('2026-09-07T00:00:00Z')
const usualDay = 1_300_000
const calls = 20

interface Found {
  readonly day: number
  readonly ramp: SlowRamp
  /** What had left on that day by then, in usual days. */
  readonly times: number
}

/** Lives the days, each `calls` calls that send `amountOf` the day together; finds every ramp with its day. */
function lived(
  amountOf: (day: number) => number,
  given: { days: number; limits?: GrowthLimits; peers?: number; seed?: number; noise?: number },
): Found[] {
  const { days, limits = {}, peers = 0, seed = 1, noise = 0.1 } = given
  const random = seededRandom(seed)
  const amounts = new DailyAmounts()
  const found: Found[] = []
  for (let day = 0; day < days; day++) {
    const total = amountOf(day) * Math.exp(noise * random.normal())
    for (let call = 0; call < (total > 0 ? calls : 0); call++) {
      const time = start + day * dayMs + 8 * hourMs + call * 60_000
      const event = { bytes_sent: Math.round(total / calls) } as AgentEvent
      const steps = amounts.take(event, { time, received: null })
      for (const ramp of rampsOf(steps, amounts, { limits, peers: () => peers }))
        found.push({ day, ramp, times: ramp.today / usualDay })
    }
  }
  return found
}

const weekday = (day: number): boolean => day % 7 < 5
const weeks = 5 * 7
const seeds = Array.from({ length: 20 }, (_, at) => at + 1)

for (const factor of [1.15, 1.25, 1.5, 2, 2.5, 3]) {
  test(`a ramp of × ${factor} a day is found before ten times the usual day has left, after three weeks and after five`, () => {
    for (const rests of [false, true])
      for (const before of [21, weeks])
        for (const seed of seeds) {
          const ramp = (day: number) =>
            usualDay * (rests && !weekday(day) ? 0.1 : 1) * (day < before ? 1 : factor ** (day - before + 1))
          const [first] = lived(ramp, { days: before + 14, seed })
          const where = `seed ${seed}, after ${before} days, ${rests ? 'with' : 'without'} weekends`
          assert.ok(first !== undefined && first.day >= before, `${where}: found on day ${first?.day}`)
          assert.ok(first.times < 10, `${where}: found at ${first.times.toFixed(1)} usual days`)
        }
  })
}

/** The first ramp of another amount, in so many calls a day; of calls themselves, as many as the amount says. */
function livedIn(
  kind: DailyKind,
  amountOf: (day: number) => number,
  { days, callsADay, seed, noise = 0.1 }: { days: number; callsADay: number; seed: number; noise?: number },
): { day: number; today: number }[] {
  const random = seededRandom(seed)
  const amounts = new DailyAmounts()
  for (let day = 0; day < days; day++) {
    const total = amountOf(day) * Math.exp(noise * random.normal())
    const count = kind === 'calls' ? Math.round(total) : callsADay
    for (let call = 0; call < count; call++) {
      const time = start + day * dayMs + ((call + 0.5) * dayMs) / count
      const each = Math.max(1, Math.round(total / count))
      const event = { ...(kind === 'records' ? { records: each } : {}) } as AgentEvent
      const steps = amounts.take(event, { time, received: kind === 'received' ? each : null })
      for (const ramp of rampsOf(steps, amounts, { limits: {}, peers: () => 0 }))
        if (ramp.kind === kind) return [{ day, today: ramp.today }]
    }
  }
  return []
}

const otherAmounts = [
  { kind: 'records', usual: 400, callsADay: 24 },
  { kind: 'records', usual: 60, callsADay: 5 },
  { kind: 'received', usual: 5_000_000, callsADay: 24 },
  { kind: 'received', usual: 900_000, callsADay: 5 },
  { kind: 'calls', usual: 120, callsADay: 120 },
  { kind: 'calls', usual: 40, callsADay: 40 },
] as const
for (const { kind, usual, callsADay } of otherAmounts) {
  test(`a ramp of ${kind} of ${usual} a day in ${callsADay} calls is found in time; month ends and growth are not`, () => {
    for (const seed of seeds.slice(0, 5)) {
      for (const factor of [1.15, 1.5, 2, 3]) {
        const ramp = (day: number) => usual * (day < weeks ? 1 : factor ** (day - weeks + 1))
        const [first] = livedIn(kind, ramp, { days: weeks + 14, callsADay, seed })
        assert.ok(first !== undefined && first.day >= weeks, `× ${factor}, seed ${seed}: found on day ${first?.day}`)
        assert.ok(first.today < 10 * usual, `× ${factor}, seed ${seed}: found at ${first.today}`)
      }
      const quiet = {
        'month end': (day: number) => usual * (day % 30 === 23 || day % 30 === 24 ? 12 : 1),
        'two per cent a week': (day: number) => usual * 1.02 ** (day / 7),
      }
      for (const [name, amountOf] of Object.entries(quiet))
        assert.deepEqual(livedIn(kind, amountOf, { days: 100, callsADay, seed }), [], `${name}, seed ${seed}`)
    }
  })
}

test('a day busier than most before a month ends is seldom half a ramp', () => {
  const amountOf = (day: number) => usualDay * ({ 8: 3, 22: 1.9, 23: 4.4 }[day % 30] ?? 1)
  const wrong = seeds.filter((seed) => lived(amountOf, { days: 100, seed }).length > 0)
  assert.ok(wrong.length <= 4, `seeds ${wrong}`)
})

test('a ramp with usual days between its days, and one that begins with a jump, are found before thirty times the usual', () => {
  // Every so many days, times how much, after a first jump; with and without weekends of a tenth.
  for (const [every, factor, jump] of [
    [1, 1.5, 5.7 / 1.5],
    [2, 1.5, 1],
    [2, 1.8, 1],
    [3, 1.8, 1],
    [3, 2.5, 1],
    [4, 1.8, 2],
    [5, 1.8, 1],
    [7, 2, 1],
  ] as const)
    for (const rests of [false, true])
      for (const seed of seeds) {
        const ramp = (day: number) => {
          const steps = Math.floor((day - weeks) / every) + 1
          if (day >= weeks && (day - weeks) % every === 0) return usualDay * jump * factor ** steps
          return usualDay * (rests && !weekday(day) ? 0.1 : 1)
        }
        const [first] = lived(ramp, { days: weeks + 50, seed })
        const where = `x ${factor} every ${every} days after a jump of ${jump}, seed ${seed}, ${rests ? 'with' : 'without'} weekends`
        assert.ok(first !== undefined && first.day >= weeks, `${where}: found on day ${first?.day}`)
        assert.ok(first.times < 30, `${where}: found at ${first.times.toFixed(1)} usual days`)
      }
})

test('dated back by a day, two or a year, a ramp and what passes the limit are found all the same', () => {
  for (const back of [1, 2, 365]) {
    const clock = newAgentClock()
    const found: SlowRamp[] = []
    for (let day = 0; day < weeks + 10; day++)
      for (let call = 0; call < calls; call++) {
        const logTime = start + day * dayMs + 8 * hourMs + call * 60_000
        const surplus = day < weeks ? 0 : usualDay * (2 ** (day - weeks + 1) - 1)
        for (const [amount, ago] of [
          [usualDay, 0],
          [surplus, back],
        ] as const) {
          if (amount === 0) continue
          const time = logTime - ago * dayMs
          const event = {
            ...{ tenant: 't', agent: 'a', id: 'x', system: 's', action: 'a' },
            time,
            bytes_sent: Math.round(amount / calls),
          }
          const { steps } = followSession(clock, event as AgentEvent, logTime)
          found.push(
            ...rampsOf(steps, clock.daily, { limits: { sent_bytes_per_week: 50e6 }, peers: () => 0 }).filter(
              ({ kind }) => kind === 'sent',
            ),
          )
        }
      }
    assert.ok(
      found.some(({ beyond }) => beyond !== undefined),
      `limit, ${back} days back`,
    )
    assert.ok((found[0]?.today ?? 1e12) < 10 * usualDay, `${found[0]?.today}, ${back} days back`)
  }
})

test('where each day differs from the next by a quarter, nine of ten ramps are found in time', () => {
  for (const factor of [1.25, 1.5, 2, 3]) {
    const ramp = (day: number) => usualDay * (day < weeks ? 1 : factor ** (day - weeks + 1))
    const late = seeds.filter((seed) => {
      const [first] = lived(ramp, { days: weeks + 14, seed, noise: 0.25 })
      return first === undefined || first.times >= 10
    })
    assert.ok(late.length <= 2, `× ${factor}: seeds ${late}`)
  }
})

test('days that rise in turn are found where one day in five has more than twice the usual', () => {
  const spread = [1, 1.2, 0.6, 2.2, 0.9, 2.6, 0.3, 1, 1.4, 0.7, 2.1, 0.6, 1, 0.2]
  for (const [factor, most] of [
    [1.3, 10],
    [1.5, 10],
    [2, 20],
  ] as const) {
    const late = seeds.filter((seed) => {
      const amountOf = (day: number) =>
        usualDay * (day < weeks ? (spread[(day + seed) % spread.length] as number) : factor ** (day - weeks + 1))
      const [first] = lived(amountOf, { days: weeks + 14, seed }).filter(({ day }) => day >= weeks)
      return first === undefined || first.times >= most
    })
    assert.ok(late.length <= 6, `× ${factor}: seeds ${late}`)
  }
})

test('a first month end of two days is seldom a ramp where each day differs from the next by half', () => {
  const amountOf = (day: number) => usualDay * (day % 30 >= 23 && day % 30 < 25 ? 5 : weekday(day) ? 1 : 0.3)
  const many = Array.from({ length: 60 }, (_, at) => at + 1)
  const wrong = many.filter((seed) => lived(amountOf, { days: 60, seed, noise: 0.5 }).length > 0)
  assert.ok(wrong.length <= 10, `seeds ${wrong}`)
})

test('month ends, a growth of 2 % a week, weekends, a step up and a noisy agent stay quiet', () => {
  const lives: Record<string, { amountOf: (day: number) => number; noise?: number }> = {
    // The first month end comes unknown: the last day of a month and the first.
    'month end': { amountOf: (day) => usualDay * (day % 30 === 23 || day % 30 === 24 ? 12 : 1) },
    'month end of four days': { amountOf: (day) => usualDay * (day % 30 >= 22 && day % 30 < 26 ? 6 : 1) },
    'a weekly job and a month end': {
      amountOf: (day) => usualDay * (day % 30 === 23 ? 12 : day % 7 === 4 ? 3 : 1),
    },
    'a job every fifth day': { amountOf: (day) => usualDay * (day % 5 === 0 ? 8 : 1) },
    'two per cent a week': { amountOf: (day) => usualDay * 1.02 ** (day / 7), noise: 0.25 },
    weekends: { amountOf: (day) => usualDay * (weekday(day) ? 1 : 0.12), noise: 0.25 },
    'only weekdays': { amountOf: (day) => (weekday(day) ? usualDay : 0), noise: 0.25 },
    'twice as much from one day on': { amountOf: (day) => usualDay * (day < 40 ? 1 : 2) },
    noisy: { amountOf: () => usualDay, noise: 0.4 },
  }
  for (const [name, { amountOf, noise }] of Object.entries(lives))
    for (const seed of seeds)
      assert.deepEqual(
        lived(amountOf, { days: 100, seed, ...(noise === undefined ? {} : { noise }) }).map(({ day }) => day),
        [],
        `${name}, seed ${seed}`,
      )
})

test('what peers do on ordinary days is no ramp up to four times the usual, and one beyond', () => {
  const ramp = (day: number) => usualDay * (day < weeks ? 1 : 1.15 ** Math.min(9, day - weeks + 1))
  assert.deepEqual(lived(ramp, { days: weeks + 14, peers: 0.4, noise: 0.1 }), [])
  const beyond = (day: number) => usualDay * (day < weeks ? 1 : 1.3 ** (day - weeks + 1))
  assert.ok(lived(beyond, { days: weeks + 14, peers: 0.4 }).length > 0)
})

test('the policy’s limit of growth within a week is found by the event that passes it, once a day', () => {
  const step = (day: number) => usualDay * (day < weeks ? 1 : 1.8)
  const limits = { sent_bytes_per_week: 5_000_000 }
  const found = lived(step, { days: weeks + 10, limits, noise: 0 })
  assert.ok(found.length > 0)
  const [first] = found
  assert.ok(first!.ramp.beyond !== undefined && first!.ramp.beyond.growth > 5_000_000)
  assert.deepEqual(new Set(found.map(({ day }) => day)).size, found.length)
  assert.deepEqual(lived(step, { days: weeks + 10, limits: { sent_bytes_per_week: 50_000_000 }, noise: 0 }), [])
})
