import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interleaved, quantile } from './interleaved.ts'

test('versions take turns in changing order, with one round of warming up', async () => {
  const order: string[] = []
  const taken = await interleaved({ a: () => order.push('a'), b: async () => order.push('b') }, 3)
  assert.deepEqual(order.join(''), 'abbaabba')
  assert(taken.a >= 0 && taken.b >= 0)
})

test('a quantile is a value of the list', () => {
  assert.equal(quantile([5, 1, 3], 0.5), 3)
  assert.equal(quantile([5, 1, 3], 1), 5)
  assert.equal(quantile([], 0.5), Number.NaN)
})
