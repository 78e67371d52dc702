import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addName, distinctNames, emptySketch } from './distinct-sketch.ts'

const sketchOf = (count: number, prefix = 'r') => {
  const sketch = emptySketch()
  for (let at = 0; at < count; at++) addName(sketch, `${prefix}${at}`)
  return sketch
}

test('few names are counted to one, many within a fifth, and the same one once', () => {
  assert.equal(distinctNames(emptySketch()), 0)
  for (const prefix of ['r', 'ledger/2026-', 'someone@x.example/']) {
    for (const count of [1, 2, 5, 10]) assert.ok(Math.abs(distinctNames(sketchOf(count, prefix)) - count) <= 1)
    for (const count of [30, 100, 300]) {
      const estimate = distinctNames(sketchOf(count, prefix))
      assert.ok(Math.abs(estimate - count) <= count / 5, `${count} ${prefix} are ${estimate}`)
    }
  }
  const once = sketchOf(5)
  for (let at = 0; at < 5; at++) addName(once, `r${at}`)
  assert.deepEqual(once, sketchOf(5))
})

test('beyond its size a sketch says the most that it can', () => assert.equal(distinctNames(sketchOf(100_000)), 621))
