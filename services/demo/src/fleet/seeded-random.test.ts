import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fleetRandom } from './seeded-random.ts'

const many = (count: number, draw: () => number) => Array.from({ length: count }, draw)
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('the same parts give the same draws, other parts others', () => {
  const draws = (...parts: (string | number)[]) => many(20, fleetRandom(...parts).uniform)
  assert.deepEqual(draws('a', 1), draws('a', 1))
  assert.notDeepEqual(draws('a', 1), draws('a', 2))
  assert.notDeepEqual(draws('a', 11), draws('a1', 1))
})

test('draws have the distribution that they are named after', () => {
  const random = fleetRandom('distribution')
  assert.ok(Math.abs(mean(many(20_000, random.uniform)) - 0.5) < 0.01)
  const normal = many(20_000, random.normal)
  assert.ok(Math.abs(mean(normal)) < 0.03)
  assert.ok(Math.abs(mean(normal.map((value) => value ** 2)) - 1) < 0.05)
  const sorted = many(20_001, () => random.logNormal(500, 0.7)).sort((a, b) => a - b)
  assert.ok(Math.abs((sorted[10_000] ?? 0) - 500) < 25)
})

test('a weight of 0 is never drawn, and weights are kept in proportion', () => {
  const random = fleetRandom('weights')
  const drawn = many(10_000, () => random.weighted([0, 1, 3], (value) => value))
  assert.equal(drawn.filter((value) => value === 0).length, 0)
  assert.ok(Math.abs(drawn.filter((value) => value === 3).length - 7500) < 200)
})

test('every draw stays within its bounds', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 40 }), (seed, min, span) => {
      const random = fleetRandom('bounds', seed)
      const whole = random.whole(min, min + span)
      assert.ok(Number.isInteger(whole) && whole >= min && whole <= min + span)
      const zipf = random.zipf(span + 1)
      assert.ok(zipf >= 0 && zipf <= span)
      const values = many(span, random.uniform)
      assert.equal(new Set(random.some(values, 10)).size, Math.min(10, span))
    }),
  )
})

test('nothing can be drawn from nothing', () => {
  assert.throws(() => fleetRandom('empty').choice([]), /nothing to draw from: 0 values/)
})
