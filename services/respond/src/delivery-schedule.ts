import { createHash } from 'node:crypto'
import type { Delivery } from '@straylight/schemas/alert'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** Waits before each attempt, as Standard Webhooks suggests: at once, then for some three days. */
export const attemptWaitsMs = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const

/** What one attempt came to. */
export interface DeliveryOutcome {
  readonly result: 'delivered' | 'failed' | 'gone'
  readonly status?: number
  readonly error?: string
  /** The receiver asked for room (429, 502, 504): other messages to it wait as well. */
  readonly throttled?: boolean
  /** How long the receiver asked to wait (`Retry-After`). */
  readonly retryAfterMs?: number
}

/** The delivery after an attempt that ended at `now`. What came through no longer carries its body. */
export function afterAttempt(delivery: Delivery, outcome: DeliveryOutcome, now: number): Delivery {
  const attempts = delivery.attempts + 1
  const { last_status: _status, last_error: _error, ...rest } = delivery
  const tried: Delivery = {
    ...rest,
    attempts,
    ...(outcome.status === undefined ? {} : { last_status: outcome.status }),
    ...(outcome.error === undefined ? {} : { last_error: outcome.error.slice(0, 300) }),
  }
  if (outcome.result === 'delivered') return { ...tried, state: 'delivered', body: '' }
  if (outcome.result === 'gone') return { ...tried, state: 'disabled' }
  const wait = attemptWaitsMs[attempts]
  if (wait === undefined) return { ...tried, state: 'failed' }
  // Never past a day: a receiver must not be able to park a message for ever.
  const asked = Math.min(outcome.retryAfterMs ?? 0, 24 * hour)
  return { ...tried, next_attempt_at: now + Math.max(Math.round(wait * jitter(delivery.message_id, attempts)), asked) }
}

/** 1 to 1.2, a function of message and attempt: receivers that were away are not hit all at once, and a restart plans the same. */
function jitter(messageId: string, attempt: number): number {
  const hash = createHash('sha256').update(`${messageId}|${attempt}`).digest()
  return 1 + 0.2 * (hash.readUInt32BE(0) / 2 ** 32)
}
