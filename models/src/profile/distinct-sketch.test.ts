import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addName, distinctNames, sketchWords } from './distinct-sketch.ts'

const sketchOf = (count: number, prefix = 'r') => {
  const sketch = new Float64Array(1 + sketchWords)
  for (let at = 0; at < count; at++) addName(sketch, 1, `${prefix}${at}`)
  return sketch
}

test('few names are counted to one, many within a fifth, and the same one once', () => {
  assert.equal(distinctNames(sketchOf(0), 1), 0)
  for (const prefix of ['r', 'ledger/2026-', 'someone@x.example/']) {
    for (const count of [1, 2, 5, 10]) assert.ok(Math.abs(distinctNames(sketchOf(count, prefix), 1) - count) <= 1)
    for (const count of [30, 100, 300]) {
      const estimate = distinctNames(sketchOf(count, prefix), 1)
      assert.ok(Math.abs(estimate - count) <= count / 5, `${count} ${prefix} are ${estimate}`)
    }
  }
  const once = sketchOf(5)
  for (let at = 0; at < 5; at++) addName(once, 1, `r${at}`)
  assert.deepEqual(once, sketchOf(5))
})

test('beyond its size a sketch says the most that it can', () => assert.equal(distinctNames(sketchOf(100_000), 1), 621))
