import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sourceOf } from '../framing/found.ts'
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

test('what stands for a value that cannot be written out is said, and nothing is thrown', () => {
  let deep: unknown = []
  for (let depth = 0; depth < 100_000; depth++) deep = [deep]
  const found = { kind: 'fault', fault: { code: 'reader_fault', reason: 'x' }, framing: [], source: null } as const
  assert.match(String(sourceOf({ ...found, value: deep })), /^a value that cannot be written out: /)
  assert.equal(sourceOf({ ...found, value: [1] }), '[1]')
})
