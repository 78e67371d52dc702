import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '@straylight/schemas/alert'
import { afterAttempt, attemptWaitsMs } from './delivery-schedule.ts'

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

test('Retry-After lengthens a wait, never shortens it, and never beyond a day', () => {
  const asked = (retryAfterMs: number) => afterAttempt(due, { result: 'failed', retryAfterMs }, 0).next_attempt_at
  assert.equal(asked(120_000), 120_000)
  assert.ok(asked(1) >= 5000)
  assert.equal(asked(1e12), 24 * 3_600_000)
})

test('what came through loses its body, what is gone is disabled', () => {
  const delivered = afterAttempt({ ...due, last_error: 'answered 500' }, { result: 'delivered', status: 200 }, 5)
  assert.deepEqual([delivered.state, delivered.body, delivered.last_error], ['delivered', '', undefined])
  assert.equal(afterAttempt(due, { result: 'gone', status: 410 }, 5).state, 'disabled')
})
