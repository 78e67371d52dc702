import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '@straylight/schemas/alert'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import fc from 'fast-check'
import { afterAttempt, attemptWaitsMs, isDue, restMsMax } from './delivery-schedule.ts'
import { retryAfterMs } from './retry-after.ts'

const due: Delivery = {
  webhook: 'soc',
  message_id: 'msg_7',
  event: 'agent.alert.created',
  body: '{}',
  attempts: 0,
  state: 'due',
  next_attempt_at: 0,
}

test('ten attempts over some three days, each wait with up to a fifth of jitter, then it has failed', () => {
  let delivery = due
  for (const wait of attemptWaitsMs.slice(1)) {
    delivery = afterAttempt(delivery, { result: 'failed', status: 500, error: 'answered 500' }, 1000)
    assert.equal(delivery.state, 'due')
    assert.ok(delivery.next_attempt_at >= 1000 + wait && delivery.next_attempt_at <= 1000 + wait * 1.2)
  }
  delivery = afterAttempt(delivery, { result: 'failed' }, 1000)
  assert.deepEqual([delivery.state, delivery.attempts], ['failed', 10])
})

test('the same message waits the same after a restart, another message differently', () => {
  const failed = { result: 'failed' } as const
  const once = afterAttempt({ ...due, attempts: 3 }, failed, 0).next_attempt_at
  assert.equal(afterAttempt({ ...due, attempts: 3 }, failed, 0).next_attempt_at, once)
  assert.notEqual(afterAttempt({ ...due, attempts: 3, message_id: 'msg_8' }, failed, 0).next_attempt_at, once)
})

test('promise 15: Retry-After lengthens a wait, never shortens it, and never beyond a quarter of an hour', () => {
  const asked = (retryAfterMs: number) => afterAttempt(due, { result: 'failed', retryAfterMs }, 0).next_attempt_at
  assert.equal(asked(120_000), 120_000)
  assert.ok(asked(1) >= 5000)
  for (const huge of [1e12, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) assert.equal(asked(huge), restMsMax)
})

test('Retry-After in all forms: seconds of any length, a date, and what is neither', () => {
  const now = Date.parse('2026-11-22T10:00:00Z')
  const golden: [string | undefined, number | undefined][] = [
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['900', restMsMax],
    ['901', restMsMax],
    ['999999999', restMsMax],
    ['9'.repeat(400), restMsMax],
    ['Sun, 22 Nov 2026 10:01:00 GMT', 60_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', restMsMax],
    ['-5', undefined],
    ['1e9', undefined],
    ['+60', undefined],
    ['60, 999999999', undefined],
    ['0x7fffffff', undefined],
    ['Infinity', undefined],
    ['soon', undefined],
    ['2999', restMsMax],
    ['', undefined],
    [undefined, undefined],
  ]
  for (const [value, expected] of golden) assert.equal(retryAfterMs(value, now), expected, value)
  fc.assert(
    fc.property(fc.string(), (value) => {
      const asked = retryAfterMs(value, now)
      assert.ok(asked === undefined || (asked >= 0 && asked <= restMsMax))
    }),
  )
})

test('what came through loses its body; 410 is one more failure: nothing that a receiver says ends a message', () => {
  const delivered = afterAttempt({ ...due, last_error: 'answered 500' }, { result: 'delivered', status: 200 }, 5)
  assert.deepEqual([delivered.state, delivered.body, delivered.last_error], ['delivered', '', undefined])
  assert.deepEqual([afterAttempt(due, { result: 'gone', status: 410 }, 5).state], ['due'])
})

test('an attempt out of turn that fails leaves the schedule as it was', () => {
  const before = { ...due, attempts: 6, next_attempt_at: 9_000_000 }
  const after = afterAttempt(before, { result: 'failed', status: 500, error: 'answered 500' }, 5, true)
  assert.deepEqual(after, { ...before, last_status: 500, last_error: 'answered 500' })
  assert.equal(afterAttempt(before, { result: 'delivered', status: 204 }, 5, true).state, 'delivered')
})

test('a clock that was set back does not park a message', () => {
  const waiting = { ...due, next_attempt_at: 1000 + 24 * hourMs }
  assert.equal(isDue(waiting, 1000), false)
  assert.equal(isDue(waiting, waiting.next_attempt_at), true)
  assert.equal(isDue({ ...waiting, next_attempt_at: 1000 + 365 * dayMs }, 1000), true)
})

test('what an error says is cut whole', () => {
  const error = `${'x'.repeat(298)}😀 and more`
  assert.equal(afterAttempt(due, { result: 'failed', error }, 0).last_error, `${'x'.repeat(298)}…`)
})
