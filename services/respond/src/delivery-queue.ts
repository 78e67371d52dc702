import { passes } from '@straylight/runtime/kill-point'
import type { DeliveryOutcome } from './delivery-schedule.ts'
import type { Deliver, DeliveryAttempt } from './webhook-delivery.ts'

/** Attempts under way at once, in all and to one webhook: a receiver that hangs leaves room for the others. */
const attemptsUnderWayMax = 8
const attemptsOfWebhookMax = 4
/** Outcomes that wait to be journalled, those under way counted in; beyond it nothing new is started. */
const outcomesMax = 256

/** An attempt that ended. */
export interface DeliveryDone {
  readonly alertId: string
  readonly messageId: string
  readonly outcome: DeliveryOutcome
}

/** Runs deliveries beside the loop: a slow receiver must not hold up a decision. Bounded in both directions. */
export interface DeliveryQueue {
  /** Starts an attempt, unless there is no room, this message is under way already, or its webhook asked for room. */
  start(alertId: string, attempt: Omit<DeliveryAttempt, 'signal'>, now: number): void
  /** Leaves a webhook alone until then: it is throttling. Forgotten at a restart, when each message has its own schedule. */
  rest(webhook: string, until: number): void
  /** What has ended since the last call. */
  drain(): readonly DeliveryDone[]
  /** Breaks off what is under way; it stays due and goes out under the same id after a restart. */
  close(): Promise<void>
}

export function createDeliveryQueue(deliver: Deliver): DeliveryQueue {
  const stop = new AbortController()
  const underWay = new Map<string, Promise<void>>()
  const underWayTo = new Map<string, number>()
  const restsUntil = new Map<string, number>()
  let done: DeliveryDone[] = []
  return {
    start: (alertId, attempt, now) => {
      const messageId = attempt.delivery.message_id
      const to = attempt.webhook.name
      if ((restsUntil.get(to) ?? 0) > now || (underWayTo.get(to) ?? 0) >= attemptsOfWebhookMax) return
      const full = underWay.size >= attemptsUnderWayMax || underWay.size + done.length >= outcomesMax
      // An outcome that is not journalled yet would be tried again.
      const known = underWay.has(messageId) || done.some((ended) => ended.messageId === messageId)
      if (full || known || stop.signal.aborted) return
      underWayTo.set(to, (underWayTo.get(to) ?? 0) + 1)
      const run = deliver({ ...attempt, signal: stop.signal }).then((outcome) => {
        underWay.delete(messageId)
        underWayTo.set(to, (underWayTo.get(to) ?? 1) - 1)
        passes('after-delivery-before-journal')
        if (!stop.signal.aborted) done.push({ alertId, messageId, outcome })
      })
      underWay.set(messageId, run)
    },
    rest: (webhook, until) => {
      restsUntil.set(webhook, until)
    },
    drain: () => {
      const ended = done
      done = []
      return ended
    },
    close: async () => {
      stop.abort(new Error('respond is stopping'))
      await Promise.all(underWay.values())
    },
  }
}
