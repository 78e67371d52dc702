import type { Delivery } from '@straylight/schemas/alert'
import { minuteMs } from '@straylight/schemas/duration'
import { type DeliveryOutcome, isDue, restMsMax } from './delivery-schedule.ts'

/** How long a webhook is left alone that asks for room without saying how long, and after the first failure to connect. */
const restMs = 5_000
/** Failures to connect double the rest up to here. */
const unreachableRestMsMax = 5 * minuteMs

/** Why a message may go out now: it is its turn, or the webhook is to be tried or has come back. */
export type DeliveryTurn = 'in_turn' | 'out_of_turn'

/**
 * How each webhook has answered lately. In memory only: after a restart each message has its own schedule, and nothing rests.
 * Bounded: by the policy's webhooks, and one number for each message that is due.
 */
export interface WebhookWatch {
  /** Whether a message may go out, and why; null: it waits. */
  turnOf(delivery: Delivery, now: number): DeliveryTurn | null
  /** When a message was last tried; 0 when that is not known. */
  triedAt(delivery: Delivery): number
  attempted(delivery: Delivery, now: number): void
  answered(delivery: Delivery, outcome: DeliveryOutcome, now: number): void
}

interface Webhook {
  restsUntil: number
  /** Failures to connect since the last answer. */
  unreachable: number
  /** It was failing as a whole when it last answered. */
  down: boolean
  /** Since when it takes messages again, after it had been failing. */
  wellSince: number
  triedAt: number
}

export function createWebhookWatch(): WebhookWatch {
  const webhooks = new Map<string, Webhook>()
  const triedAt = new Map<string, number>()
  const of = (name: string, now: number): Webhook => {
    const known = webhooks.get(name) ?? { restsUntil: 0, unreachable: 0, down: false, wellSince: 0, triedAt: now }
    webhooks.set(name, known)
    return known
  }
  return {
    turnOf: (delivery, now) => {
      const webhook = of(delivery.webhook, now)
      // No rest is longer than the longest: a later end comes of a clock that was set back.
      if (webhook.restsUntil > now && webhook.restsUntil - now <= restMsMax) return null
      if (isDue(delivery, now)) return 'in_turn'
      const cameBack = webhook.wellSince > (triedAt.get(delivery.message_id) ?? 0)
      const longUntried = now - webhook.triedAt >= restMsMax || webhook.triedAt > now
      return cameBack || longUntried ? 'out_of_turn' : null
    },
    triedAt: (delivery) => triedAt.get(delivery.message_id) ?? 0,
    attempted: (delivery, now) => {
      of(delivery.webhook, now).triedAt = now
      triedAt.set(delivery.message_id, now)
    },
    answered: (delivery, outcome, now) => {
      const webhook = of(delivery.webhook, now)
      if (outcome.result === 'delivered') {
        triedAt.delete(delivery.message_id)
        if (webhook.down) webhook.wellSince = now
        Object.assign(webhook, { restsUntil: 0, unreachable: 0, down: false })
        return
      }
      webhook.unreachable = outcome.unreachable === true ? webhook.unreachable + 1 : 0
      const rests = restOf(outcome, webhook.unreachable)
      if (rests === 0) return
      webhook.down = true
      webhook.restsUntil = now + rests
    },
  }
}

/** How long the whole webhook is left alone after this; 0 where the message alone may have been the reason. */
function restOf(outcome: DeliveryOutcome, unreachable: number): number {
  if (outcome.result === 'gone') return restMsMax
  if (outcome.throttled === true) return Math.min(outcome.retryAfterMs ?? restMs, restMsMax)
  if (outcome.unreachable !== true) return 0
  return Math.min(restMs * 2 ** Math.min(unreachable - 1, 10), unreachableRestMsMax)
}
