import { createHash } from 'node:crypto'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import { renderWebhook } from './render-webhook.ts'
import type { DisabledWebhooks } from './respond-journal.ts'
import { severityRank } from './severity.ts'

/** Deliveries that an alert remembers; settled ones go first, then the oldest that never came through. */
export const deliveriesMax = 60

/** The alert with a delivery due to each webhook that wants to hear of these events. */
export function planDeliveries(
  alert: Alert,
  cause: { notify: readonly Delivery['event'][]; at: number },
  policy: Policy,
  disabled: DisabledWebhooks,
): Alert {
  const fresh: Delivery[] = []
  for (const webhook of policy.webhooks) {
    if (disabled[webhook.name] === webhook.url) continue
    if (severityRank(alert.severity) < severityRank(webhook.severity_min)) continue
    for (const event of cause.notify) {
      fresh.push({
        webhook: webhook.name,
        message_id: messageId(alert, webhook.name, event),
        event,
        body: renderWebhook(alert, event, cause.at),
        attempts: 0,
        state: 'due',
        next_attempt_at: cause.at,
      })
    }
  }
  return fresh.length === 0 ? alert : { ...alert, deliveries: bounded([...alert.deliveries, ...fresh]) }
}

function bounded(deliveries: readonly Delivery[]): Delivery[] {
  const settled = deliveries.filter((delivery) => delivery.state !== 'due')
  const due = deliveries.filter((delivery) => delivery.state === 'due')
  const room = Math.max(0, deliveriesMax - due.length)
  const kept = new Set([...settled.slice(Math.max(0, settled.length - room)), ...due.slice(-deliveriesMax)])
  return deliveries.filter((delivery) => kept.has(delivery))
}

/** The same revision announces the same event under the same id, also when a crash makes it be planned twice. */
function messageId(alert: Alert, webhook: string, event: string): string {
  const identity = JSON.stringify([alert.id, alert.revision, webhook, event])
  return `msg_${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`
}
