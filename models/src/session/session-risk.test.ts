import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addMaximum, type Maxima } from '../profile/profile.ts'
import { addStrayedMaximum, sessionRisk } from './session-risk.ts'

const pool = { mean: 20, deviation: 8 }
const maximaOf = (...values: number[]): Maxima => {
  const maxima = { sessions: 0, mean: 0, squares: 0 }
  for (const value of values) addMaximum(maxima, value)
  return maxima
}
const many = (value: number, spread: number, count: number) =>
  maximaOf(...Array.from({ length: count }, (_, at) => value + (at % 2 === 0 ? spread : -spread)))

test('without history an agent is set against the pool', () => {
  assert.equal(sessionRisk(pool.mean, maximaOf(), pool), 0)
  const risk = sessionRisk(pool.mean + pool.deviation, maximaOf(), pool)
  assert.ok(risk > 0.8 && risk < 1, `${risk}`)
})

test('with history it is set against itself', () => {
  const calm = many(5, 1, 10_000)
  assert.ok(Math.abs(sessionRisk(5, calm, pool)) < 0.2)
  assert.ok(sessionRisk(20, calm, pool) > 5)
  assert.ok(sessionRisk(20, many(40, 8, 10_000), pool) < -2)
})

test('an agent that is always the same is not judged by a hair', () => {
  assert.ok(sessionRisk(5.01, many(5, 0, 100_000), pool) < 0.1)
})

test('risk is a number that rises with the score', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -50, max: 200, noNaN: true }), { maxLength: 60 }),
      fc.double({ min: -50, max: 200, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (values, score, more) => {
        const maxima = maximaOf(...values)
        const risk = sessionRisk(score, maxima, pool)
        assert.ok(Number.isFinite(risk))
        assert.ok(sessionRisk(score + more, maxima, pool) > risk)
      },
    ),
  )
})

test('promise 19: sessions with quarantined events keep the upper end of the usual, and make no hijack usual', () => {
  const kept = many(20, 4, 400)
  const left = many(20, 4, 400)
  for (let at = 0; at < 20; at++) addStrayedMaximum(kept, 34, pool)
  assert.ok(sessionRisk(34, kept, pool) < sessionRisk(34, left, pool) - 0.3, 'a habit that is quarantined counts')
  assert.equal(kept.strayed, 20)

  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.double({ min: 60, max: 500, noNaN: true }), (history, score) => {
      const maxima = many(20, 4, history)
      const before = sessionRisk(score, maxima, pool)
      for (let at = 0; at < 1_000; at++) addStrayedMaximum(maxima, score, pool)
      const after = sessionRisk(score, maxima, pool)
      assert.ok(after > 0.5 * before, `${history} sessions: ${before} falls to ${after}`)
      assert.ok((maxima.strayed ?? 0) <= 0.1 * (maxima.sessions + 90) + 1)
    }),
    { numRuns: 50 },
  )
})
