import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../training/seeded-random.ts'
import { calibrate, elsewhere, pValueOf, riskOf, sharingBudget } from './calibration.ts'

const uniform = (count: number) => Array.from({ length: count }, (_, at) => (at + 0.5) / count)

test('p-values are probabilities that never rise with risk, however thin the history', () => {
  const risks = fc.array(fc.double({ min: -5, max: 50, noNaN: true }), { maxLength: 120 })
  fc.assert(
    fc.property(
      risks,
      fc.array(fc.double({ min: -10, max: 200, noNaN: true }), { maxLength: 60 }),
      (history, asked) => {
        const calibration = calibrate(history)
        const near = [...asked, ...history, calibration.excess_from, calibration.excess_from + 1e-9].sort(
          (a, b) => a - b,
        )
        let last = 1
        for (const risk of near) {
          const p = pValueOf(calibration, risk)
          assert.ok(p > 0 && p <= last, `risk ${risk}: ${p} after ${last}`)
          last = p
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('on uniform risks a p-value is the share that comes as far', () => {
  for (const count of [200, 1_000, 10_000]) {
    const calibration = calibrate(uniform(count))
    for (const risk of [0.01, 0.25, 0.5, 0.8, 0.9])
      assert.ok(
        Math.abs(pValueOf(calibration, risk) - (1 - risk)) < 2 / Math.min(count, 2_000) + 1e-3,
        `${count}: ${risk}`,
      )
  }
})

test('a share of new ordinary sessions reaches that p-value: conformal', () => {
  const random = seededRandom(11)
  const draw = (count: number) => Array.from({ length: count }, () => -Math.log(1 - random.next()))
  const calibration = calibrate(draw(3_000))
  const fresh = draw(20_000).map((risk) => pValueOf(calibration, risk))
  for (const level of [0.5, 0.2, 0.1, 0.01]) {
    const share = fresh.filter((p) => p <= level).length / fresh.length
    assert.ok(Math.abs(share - level) < 0.15 * level + 0.004, `${level}: ${share}`)
  }
})

test('the tail takes over where the counts end without a step', () => {
  for (const count of [20, 100, 2_500]) {
    const calibration = calibrate(uniform(count))
    const below = pValueOf(calibration, calibration.excess_from)
    const above = pValueOf(calibration, calibration.excess_from + 1e-12)
    assert.ok(above <= below && below - above <= 3 / count, `${count}: ${below} to ${above}`)
  }
})

test('beyond everything seen a p-value falls on, but never to 0', () => {
  const calibration = calibrate(uniform(1_000))
  assert.ok(pValueOf(calibration, 3) < pValueOf(calibration, 2))
  assert.ok(pValueOf(calibration, 1e6) > 0)
})

test('thin history makes nothing rare', () => {
  assert.equal(pValueOf(calibrate([]), 0), 1)
  assert.ok(pValueOf(calibrate([]), 5) > 0.1)
  assert.ok(pValueOf(calibrate([0.1, 0.2, 0.3]), 3) > pValueOf(calibrate(uniform(1_000)), 3))
})

test('few ordinary sessions ask neither for more than a budget of 1 % nor for nothing', () => {
  const random = seededRandom(5)
  // Risks are standard deviations: normal in their middle, tails of scales as simulated deployments have them.
  const draw = (scale: number) => () => {
    const beyond = random.next() < 0.1
    return beyond ? 1.28 - scale * Math.log(1 - random.next()) : 1.28 * (2 * random.next() - 1)
  }
  const budget = 0.01
  for (const count of [20, 50, 150, 400]) {
    const shares = [0.3, 0.54, 0.8].flatMap((scale) =>
      Array.from({ length: 40 }, () => {
        const calibration = calibrate(Array.from({ length: count }, draw(scale)))
        // The share of sessions beyond the threshold, in closed form.
        return 0.1 * Math.exp(-Math.max(0, riskOf(calibration, budget) - 1.28) / scale)
      }),
    )
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    assert.ok(mean <= 1.5 * budget, `${count} sessions: ${mean}`)
    assert.ok(count < 150 || mean >= 0.5 * budget, `${count} sessions: ${mean}`)
  }
})

test('one wild session among few lifts the threshold less than it would among its own kind', () => {
  const calm = uniform(150)
  const wild = calibrate([...calm, 8])
  const without = calibrate(calm)
  assert.ok(riskOf(wild, 0.01) > riskOf(without, 0.01))
  assert.ok(pValueOf(wild, 8) < 0.01, 'and it would alert again')
})

test('a calibration does not depend on the order of sessions, and keeps 2,000 quantiles at most', () => {
  const risks = uniform(5_000)
  const calibration = calibrate(risks)
  assert.deepEqual(calibrate(seededRandom(1).shuffle([...risks])), calibration)
  assert.ok(calibration.quantiles.length <= 2_000)
  assert.equal(calibration.sessions, 5_000)
})

test('the risk of a p-value has that p-value, in the tail exactly', () => {
  const calibration = calibrate(uniform(1_000))
  for (const p of [1e-6, 1e-3, 0.01, 0.09])
    assert.ok(Math.abs(pValueOf(calibration, riskOf(calibration, p)) / p - 1) < 1e-9, `${p}`)
  for (const p of [0.2, 0.5, 0.9])
    assert.ok(Math.abs(pValueOf(calibration, riskOf(calibration, p)) - p) < 0.003, `${p}`)
  assert.ok(Number.isFinite(riskOf(calibrate([]), 0.5)))
})

test('where other evidence spends a quarter beside it, the tail holds four thirds as much', () => {
  const alone = calibrate(uniform(1_000))
  const beside = sharingBudget(alone, 0.25)
  for (const risk of [beside.excess_from + 0.01, beside.excess_from + 1])
    assert.ok(Math.abs(pValueOf(beside, risk) / pValueOf(alone, risk) - 4 / 3) < 1e-9)
  for (const risk of [0.1, 0.5]) assert.equal(pValueOf(beside, risk), pValueOf(alone, risk))
})

test('a calibration of other deployments asks for more, the more the rarer, by a bounded part', () => {
  const own = calibrate(uniform(4_000))
  const other = elsewhere(own)
  assert.equal(riskOf(other, 0.5), riskOf(own, 0.5))
  for (const p of [0.01, 0.001]) {
    const further = (riskOf(other, p) - own.excess_from) / (riskOf(own, p) - own.excess_from)
    assert.ok(further > 1.05 && further < 1.15, `${p}: ${further}`)
  }
})
