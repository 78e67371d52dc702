import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, dayWeight, halfLifeDays } from './day-weight.ts'

test('a day begins at midnight UTC', () => {
  assert.equal(dayOf(Date.parse('2026-11-22T00:00:00.000Z')), dayOf(Date.parse('2026-11-22T23:59:59.999Z')))
  assert.equal(dayOf(Date.parse('2026-11-23T00:00:00.000Z')), dayOf(Date.parse('2026-11-22T23:59:59.999Z')) + 1)
})

test('a weight doubles every half-life from the origin, and is 1 before it', () => {
  const origin = 20_000
  assert.deepEqual(
    [-100, -1, 0, 29, 30, 59, 60, 90].map((days) => dayWeight(origin + days, origin)),
    [1, 1, 1, 1, 2, 2, 4, 8],
  )
})

test('the heaviest weight still leaves room for half a billion events of a key in 53 bits', () => {
  const heaviest = dayWeight(1_000_000, 0)
  assert.equal(heaviest, dayWeight(halfLifeDays * 24, 0))
  assert.ok(Number.isSafeInteger(heaviest * (2 ** 29 - 1)))
  assert.equal(heaviest * (2 ** 29 - 1) + 1 - 1, heaviest * (2 ** 29 - 1))
})
