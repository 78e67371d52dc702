import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oncePerKind } from './reader-faults.ts'

// Promise 10: whatever a value holds, it is one event or one rejection, and a fault of our own costs that value alone.

test('a fault is reported once a kind, however often and with whatever words it comes', () => {
  const reported: unknown[] = []
  const tell = oncePerKind((error) => reported.push(error))
  for (let n = 0; n < 1_000; n++) tell(new TypeError(`quotes ${n}`))
  tell(new RangeError('another kind'))
  for (const thrown of ['a text', 'another text', 7, null]) tell(thrown)
  assert.equal(reported.length, 5)
})
