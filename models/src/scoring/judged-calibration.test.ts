import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calibration } from '@straylight/schemas/model-artifact'
import fc from 'fast-check'
import { pValueOf } from './calibration.ts'
import { judgedCalibration } from './judged-calibration.ts'

const calibration: Calibration = {
  quantiles: Array.from({ length: 100 }, (_, at) => -2 + at * 0.04),
  sessions: 100,
  excess_from: 2,
  excess_scale: 1,
  excess_share: 0.1,
}
const judged = (sessions: number, risks: readonly number[]) => ({ tenant: 'acme', sessions, risks: [...risks] })

test('by hand: ten excesses of history, ten expected of a hundred live sessions, one of them called false at 4 scales', () => {
  const { excess_scale, excess_share } = judgedCalibration(calibration, judged(100, [6]))
  assert.equal(excess_scale, ((20 - 1) * 1 + 4) / 20)
  assert.equal(excess_share, 0.1)
})

test('more false alarms than the tail allows raise its share; one of many thousand sessions changes next to nothing', () => {
  const many = judgedCalibration(
    calibration,
    judged(
      20,
      Array.from({ length: 12 }, () => 7),
    ),
  )
  assert.equal(many.excess_share, 22 / 120)
  const lone = judgedCalibration(calibration, judged(100_000, [8]))
  assert.ok(lone.excess_scale > 1 && lone.excess_scale < 1.001, `${lone.excess_scale}`)
})

test('one word weighs no more than eight scales, however far its session strayed', () => {
  assert.deepEqual(judgedCalibration(calibration, judged(1, [10])), judgedCalibration(calibration, judged(1, [1_000])))
})

test('without a false verdict in the tail the calibration is the same object', () => {
  for (const nothing of [undefined, judged(50, []), judged(50, [1, 2])])
    assert.equal(judgedCalibration(calibration, nothing), calibration)
})

test('a false verdict raises the p-value of like risks and lowers none', () => {
  const risk = fc.double({ min: 2.01, max: 60, noNaN: true })
  fc.assert(
    fc.property(fc.array(risk, { minLength: 1, maxLength: 30 }), fc.nat(5_000), risk, (risks, sessions, other) => {
      const widened = judgedCalibration(calibration, judged(Math.max(sessions, risks.length), risks))
      assert.ok(pValueOf(widened, other) >= pValueOf(calibration, other))
      const most = Math.max(...risks)
      if (most > 3.01) assert.ok(pValueOf(widened, 3) > pValueOf(calibration, 3))
    }),
  )
})
