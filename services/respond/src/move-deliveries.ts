import type { Alert, Delivery } from '@straylight/schemas/alert'
import { applyChange, type TurnContext } from './apply-change.ts'
import type { DeliveryDone, DeliveryQueue } from './delivery-queue.ts'
import { afterAttempt } from './delivery-schedule.ts'
import type { RespondOptions } from './respond-options.ts'

/** How long a throttling webhook is left alone when it does not say. */
const restMs = 5_000

/** Takes ended attempts into their alerts, so that the journal knows them. */
export function applyDeliveries(
  context: TurnContext,
  queue: DeliveryQueue,
  now: number,
  options: RespondOptions,
): void {
  for (const done of queue.drain()) {
    const alert = context.memory.book.get(done.alertId)
    const delivery = alert?.deliveries.find((one) => one.message_id === done.messageId)
    if (alert === undefined || delivery === undefined) continue
    const next = afterAttempt(delivery, done.outcome, now)
    report(options, next, done)
    if (done.outcome.throttled === true) queue.rest(delivery.webhook, now + (done.outcome.retryAfterMs ?? restMs))
    if (next.state === 'disabled') disable(context, options, next)
    applyChange(context, { alert: withDelivery(alert, next), at: now, notify: [] })
  }
}

/** Starts what is due in alerts that the log has acknowledged; a message the log does not know must not go out. */
export function startDeliveries(
  context: TurnContext,
  queue: DeliveryQueue,
  now: number,
  acknowledged: ReadonlySet<Alert>,
): void {
  for (const alert of [...context.memory.book.values()]) {
    if (alert.deliveries.length === 0 || !acknowledged.has(alert)) continue
    const busy = new Set<string>()
    for (const delivery of alert.deliveries) {
      // One message of an alert at a time to a webhook: what is due arrives in the order it happened.
      if (delivery.state !== 'due' || delivery.next_attempt_at > now || busy.has(delivery.webhook)) continue
      busy.add(delivery.webhook)
      const webhook = context.policy.webhooks.find((one) => one.name === delivery.webhook)
      const off = webhook === undefined ? 'the policy names no such webhook any more' : disabledReason(context, webhook)
      if (webhook !== undefined && off === null) queue.start(alert.id, { delivery, webhook }, now)
      else {
        const state = webhook === undefined ? 'failed' : 'disabled'
        const settled: Delivery = { ...delivery, state, last_error: off ?? '' }
        applyChange(context, { alert: withDelivery(current(context, alert), settled), at: now, notify: [] })
      }
    }
  }
}

function disabledReason({ memory }: TurnContext, webhook: { name: string; url: string }): string | null {
  return memory.disabled[webhook.name] === webhook.url ? 'the webhook answered 410 to another message' : null
}

/** Cumulative in the journal's headers; with a new URL in the policy the entry no longer counts. */
function disable(context: TurnContext, { policy, logger }: RespondOptions, delivery: Delivery): void {
  const webhook = policy.webhooks.find((one) => one.name === delivery.webhook)
  if (webhook === undefined) return
  context.memory.disabled = { ...context.memory.disabled, [webhook.name]: webhook.url }
  logger?.warn({ webhook: webhook.name }, 'a webhook answered 410 and gets nothing more until its url changes')
}

function report({ metrics, logger }: RespondOptions, delivery: Delivery, done: DeliveryDone): void {
  const outcome = delivery.state === 'due' ? 'retry' : delivery.state
  metrics?.deliveries.inc({ webhook: delivery.webhook, outcome })
  if (outcome === 'delivered') return
  const { webhook, attempts, last_error } = delivery
  logger?.warn(
    { webhook, alert: done.alertId, attempts, outcome, last_error },
    'a webhook delivery did not come through',
  )
}

const current = ({ memory }: TurnContext, alert: Alert): Alert => memory.book.get(alert.id) ?? alert

function withDelivery(alert: Alert, delivery: Delivery): Alert {
  const deliveries = alert.deliveries.map((one) => (one.message_id === delivery.message_id ? delivery : one))
  return { ...alert, deliveries }
}
