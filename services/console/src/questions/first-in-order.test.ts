import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { firstInOrder } from './first-in-order.ts'

test('the first of a list are those that sorting the whole of it puts first, equals as they came', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer())), fc.nat(8), (items, count) => {
      const compare = ([one]: [number, number], [other]: [number, number]) => one - other
      assert.deepEqual(firstInOrder(items, compare, count), items.toSorted(compare).slice(0, count))
    }),
  )
})
