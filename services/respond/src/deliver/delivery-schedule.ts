import { createHash } from 'node:crypto'
import type { Delivery } from '@straylight/schemas/alert'
import { shortened } from '../alert/shortened.ts'

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

/**
 * The longest that a receiver may keep messages away by what it answers, and the longest that a webhook with undelivered
 * messages goes without an attempt. Past it nobody who controls a receiver, or the way to it, decides any more.
 */
export const restMsMax = 15 * minute

/** No schedule waits longer: a later time comes of a clock that was set back. */
const waitMsMax = 24 * hour * 1.2 + minute

/** What one attempt came to. */
export interface DeliveryOutcome {
  /** `gone`: the receiver answered 410. */
  readonly result: 'delivered' | 'failed' | 'gone'
  readonly status?: number
  readonly error?: string
  /** What a product said as it took the message. */
  readonly said?: string
  /** The receiver asked for room (429, 502, 504): other messages to it wait as well. */
  readonly throttled?: boolean
  /** How long the receiver asked to wait (`Retry-After`), at most `restMsMax`. */
  readonly retryAfterMs?: number
  /** No connection came about: that has nothing to do with the message. */
  readonly unreachable?: boolean
}

/**
 * The delivery after an attempt that ended at `now`. What came through no longer carries its body. An attempt out of turn
 * that fails leaves the schedule as it was.
 */
export function afterAttempt(delivery: Delivery, outcome: DeliveryOutcome, now: number, outOfTurn = false): Delivery {
  const { last_status: _status, last_error: _error, ...rest } = delivery
  const tried: Delivery = {
    ...rest,
    ...(outcome.status === undefined ? {} : { last_status: outcome.status }),
    ...(outcome.error === undefined ? {} : { last_error: shortened(outcome.error, 300) }),
  }
  const attempts = delivery.attempts + 1
  if (outcome.result === 'delivered') return { ...tried, attempts, state: 'delivered', body: '' }
  if (outOfTurn) return tried
  const wait = attemptWaitsMs[attempts]
  if (wait === undefined) return { ...tried, attempts, state: 'failed' }
  const asked = Math.min(outcome.retryAfterMs ?? 0, restMsMax)
  const waits = Math.max(Math.round(wait * jitter(delivery.message_id, attempts)), asked)
  return { ...tried, attempts, next_attempt_at: now + waits }
}

/** Whether the schedule lets a message out. */
export function isDue({ state, next_attempt_at: at }: Delivery, now: number): boolean {
  return state === 'due' && (at <= now || at - now > waitMsMax)
}

/** Since when a message has been due, milliseconds since 1970 UTC; of an old record, its next attempt stands for it. */
export const dueSince = (delivery: Delivery): number => delivery.due_since ?? delivery.next_attempt_at

/** 1 to 1.2, a function of message and attempt: receivers that were away are not hit all at once, and a restart plans the same. */
function jitter(messageId: string, attempt: number): number {
  const hash = createHash('sha256').update(`${messageId}|${attempt}`).digest()
  return 1 + 0.2 * (hash.readUInt32BE(0) / 2 ** 32)
}
