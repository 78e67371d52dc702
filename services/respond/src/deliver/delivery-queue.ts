import { passes } from '@straylight/runtime/process/kill-point'
import type { DeliveryOutcome } from './delivery-schedule.ts'
import type { Deliver, DeliveryAttempt } from './webhook-delivery.ts'
import { createWebhookWatch, type DeliveryTurn, type WebhookWatch } from './webhook-watch.ts'

/** Attempts under way at once to one webhook: with the policy's twenty that is 80 in all, so that no receiver takes the place of another. */
const attemptsOfWebhookMax = 4
/** Outcomes of a webhook that wait to be journalled, those under way counted in; beyond it nothing new is started. */
const outcomesOfWebhookMax = 64

/** An attempt that ended. */
export interface DeliveryDone {
  readonly alertId: string
  readonly messageId: string
  readonly webhook: string
  readonly outcome: DeliveryOutcome
  readonly turn: DeliveryTurn
}

/** Runs deliveries beside the loop: a slow receiver must not hold up a decision. Bounded in both directions. */
export interface DeliveryQueue {
  readonly watch: WebhookWatch
  /** How many attempts to this webhook may be started now. */
  room(webhook: string): number
  /** Starts an attempt, unless there is no room or this message is under way already; whether it did. */
  start(alertId: string, attempt: Omit<DeliveryAttempt, 'signal'>, now: number, turn?: DeliveryTurn): boolean
  /** What has ended since the last call. */
  drain(): readonly DeliveryDone[]
  /** Breaks off what is under way; it stays due and goes out under the same id after a restart. */
  close(): Promise<void>
}

export function createDeliveryQueue(deliver: Deliver): DeliveryQueue {
  const stop = new AbortController()
  const watch = createWebhookWatch()
  const underWay = new Map<string, Promise<void>>()
  const underWayTo = new Map<string, number>()
  let done: DeliveryDone[] = []
  const room = (webhook: string): number => {
    const busy = underWayTo.get(webhook) ?? 0
    const waiting = done.filter((ended) => ended.webhook === webhook).length
    return stop.signal.aborted ? 0 : Math.min(attemptsOfWebhookMax - busy, outcomesOfWebhookMax - busy - waiting)
  }
  return {
    watch,
    room,
    start: (alertId, attempt, now, turn = 'in_turn') => {
      const messageId = attempt.delivery.message_id
      const webhook = attempt.webhook.name
      // An outcome that is not journalled yet would be tried again.
      const known = underWay.has(messageId) || done.some((ended) => ended.messageId === messageId)
      if (known || room(webhook) <= 0) return false
      underWayTo.set(webhook, (underWayTo.get(webhook) ?? 0) + 1)
      watch.attempted(attempt.delivery, now)
      const run = deliver({ ...attempt, signal: stop.signal }).then((outcome) => {
        underWay.delete(messageId)
        underWayTo.set(webhook, (underWayTo.get(webhook) ?? 1) - 1)
        passes('after-delivery-before-journal')
        if (!stop.signal.aborted) done.push({ alertId, messageId, webhook, outcome, turn })
      })
      underWay.set(messageId, run)
      return true
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
