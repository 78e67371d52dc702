import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../training/seeded-random.ts'
import { budgetFactor, factorBounds, feedbackFrom, type SessionWeek, withBudgetFactor } from './budget-feedback.ts'
import { calibrate, pValueOf, riskOf } from './calibration.ts'

const random = seededRandom(5)
const draw = (spread: number) => -Math.log(1 - random.next()) * spread
const calibration = calibrate(Array.from({ length: 3_000 }, () => draw(1)))
const agents = Array.from({ length: 20 }, (_, at) => `bot-${at}`)

/** Weeks of 20 agents with 50 sessions each, of risks so many times as spread out as history's. */
function weeksOf(count: number, spread: number): SessionWeek[] {
  return Array.from({ length: count }, (_, week) => ({
    sessions: new Map(agents.map((agent) => [agent, 50])),
    risky: agents.flatMap((agent) =>
      Array.from({ length: 50 }, (_, at) => ({ agent, about: `${week} ${agent} ${at}`, risk: draw(spread) })),
    ),
  }))
}

const realised = (factor: number, spread: number): number => {
  const now = withBudgetFactor(calibration, factor)
  const risks = Array.from({ length: 20_000 }, () => draw(spread))
  return risks.filter((risk) => pValueOf(now, risk) <= 0.01).length / risks.length
}

test('where life came out as history did, the budget is kept and p-values stay about as they are', () => {
  const factor = budgetFactor(weeksOf(8, 1), calibration, 0.01)
  assert.ok(factor >= factorBounds.least && factor < 1.5, `${factor}`)
  assert.ok(realised(factor, 1) <= 0.015)
})

test('promise 19: where twice as much alerts as was asked, the factor grows week by week until it does not', () => {
  const few = budgetFactor(weeksOf(1, 1.5), calibration, 0.01)
  const many = budgetFactor(weeksOf(8, 1.5), calibration, 0.01)
  assert.ok(few > 1 && few <= 1.5 && many > few)
  assert.ok(realised(1, 1.5) > 0.03, 'without feedback the budget is not kept')
  assert.ok(realised(many, 1.5) <= 0.015)
})

test('promise 19: where hardly anything alerts, thresholds come down, for 1.5 times the alerts of history at most', () => {
  assert.equal(budgetFactor(weeksOf(8, 0.5), calibration, 0.01), 1 / 1.5)
  const loud = budgetFactor(weeksOf(3, 1.5), calibration, 0.01)
  assert.ok(loud > 1)
  assert.equal(budgetFactor([...weeksOf(3, 1.5), ...weeksOf(8, 0.5)], calibration, 0.01), 1 / 1.5)
})

test('promise 19: a habit whose sessions all lie at one rarity does not alert at once after quiet weeks', () => {
  // Two in a hundred sessions are of the habit, which stands at a p-value of .02 where one in a hundred is asked.
  const habit = riskOf(calibration, 0.02)
  const weeks = weeksOf(8, 0.5).map((week, at) => ({
    ...week,
    risky: [
      ...week.risky,
      ...Array.from({ length: 20 }, (_, of) => ({ agent: 'bot-0', about: `h ${at} ${of}`, risk: habit })),
    ],
  }))
  const now = withBudgetFactor(calibration, budgetFactor(weeks, calibration, 0.01))
  assert.ok(pValueOf(now, habit) > 0.01)
})

test('promise 19: one agent cannot pump it: a storm of one among twenty moves it hardly', () => {
  const quiet = weeksOf(8, 0.8)
  const stormy = quiet.map((week, at) => ({
    sessions: new Map([...week.sessions, ['storm', 5_000]]),
    risky: [
      ...week.risky,
      ...Array.from({ length: 5_000 }, (_, of) => ({ agent: 'storm', about: `storm ${at} ${of}`, risk: 90 })),
    ],
  }))
  const [before, after] = [quiet, stormy].map((weeks) => budgetFactor(weeks, calibration, 0.01)) as [number, number]
  assert.ok(after < 1.5 * Math.max(1, before), `${before} to ${after}`)
  const bursts = quiet.map((week, at) => ({
    ...week,
    risky: [
      ...week.risky,
      ...Array.from({ length: 500 }, (_, of) => ({ agent: 'bot-0', about: `b ${at} ${of}`, risk: 90 })),
    ],
  }))
  const burst = budgetFactor(bursts, calibration, 0.01)
  assert.ok(burst < 1.2 * Math.max(1, before), `${before} to ${burst}`)
})

test('a roll-out counts once, however many agents begin it', () => {
  const quiet = weeksOf(4, 0.8)
  const rolled = quiet.map((week) => ({
    ...week,
    risky: [...week.risky, ...agents.map((agent) => ({ agent, about: 'new_action|kb.search', risk: 40 }))],
  }))
  const [before, after] = [quiet, rolled].map((weeks) => budgetFactor(weeks, calibration, 0.01)) as [number, number]
  assert.ok(after < 1.5 * before, `${before} to ${after}`)
})

test('it stays within its bounds, moves by its step, and asks only for sessions that could matter', () => {
  const risks = fc.array(
    fc.record({
      agent: fc.constantFrom(...agents),
      about: fc.string({ maxLength: 2 }),
      risk: fc.double({ min: -5, max: 1e6, noNaN: true }),
    }),
    { maxLength: 40 },
  )
  const weeks = fc.array(
    fc.record({
      sessions: fc.dictionary(fc.constantFrom(...agents), fc.nat(10_000)).map((of) => new Map(Object.entries(of))),
      risky: risks,
    }),
    { maxLength: 10 },
  )
  fc.assert(
    fc.property(weeks, fc.double({ min: 1e-5, max: 0.1, noNaN: true }), (life, rate) => {
      const factor = budgetFactor(life, calibration, rate)
      assert.ok(factor >= factorBounds.least && factor <= factorBounds.most)
      const before = budgetFactor(life.slice(0, -1), calibration, rate)
      assert.ok(factor / before <= 1.5 + 1e-9 && before / factor <= 1.5 + 1e-9)
      const from = feedbackFrom(calibration, rate)
      const less = life.map((week) => ({ ...week, risky: week.risky.filter(({ risk }) => risk > from) }))
      assert.equal(budgetFactor(less, calibration, rate), factor)
    }),
  )
})

test('a factor multiplies the tail’s p-values, and p-values never rise with risk', () => {
  for (const factor of [factorBounds.least, 0.8, 2, factorBounds.most]) {
    const now = withBudgetFactor(calibration, factor)
    for (const risk of [now.excess_from + 3, now.excess_from + 8])
      assert.ok(Math.abs(pValueOf(now, risk) / pValueOf(calibration, risk) - factor) < 0.01 * factor || factor < 1)
    let last = 1
    for (let risk = -2; risk < 20; risk += 0.05) {
      const p = pValueOf(now, risk)
      assert.ok(p <= last + 1e-12, `${factor} ${risk}`)
      last = p
    }
    assert.ok(Math.abs(pValueOf(now, riskOf(now, 1e-4)) / 1e-4 - 1) < 1e-6)
  }
})
