import { createHash } from 'node:crypto'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import { membersOf } from '../alert/role-change.ts'
import { severityRank } from '../decide/severity.ts'
import { dueSince } from './delivery-schedule.ts'
import { renderFormat, renderPlainFormat } from './render-webhook.ts'

/** Deliveries that an alert remembers; settled ones go first, then the oldest that never came through. */
export const deliveriesMax = 60
/** Bytes of bodies that wait in one alert, as they stand in its record: a revision must fit into one of the log (1 MB). */
export const dueBytesMax = 300_000

/** The alert with a delivery due to each webhook that wants to hear of these events. */
export function planDeliveries(
  alert: Alert,
  cause: { notify: readonly Delivery['event'][]; at: number },
  policy: Policy,
  now: number,
): Alert {
  // Log time may run ahead of the clock that deliveries go by, and nothing waits for that.
  const due = Math.min(cause.at, now)
  const fresh: Delivery[] = []
  for (const webhook of policy.webhooks) {
    if (!wants(webhook, alert)) continue
    for (const event of cause.notify) {
      fresh.push({
        webhook: webhook.name,
        message_id: messageId(alert, webhook.name, event),
        event,
        body: renderFormat(webhook.format, alert, event, cause.at),
        ...(webhook.format === undefined ? {} : { format: webhook.format }),
        attempts: 0,
        state: 'due',
        due_since: due,
        next_attempt_at: due,
      })
    }
  }
  return fresh.length === 0 ? alert : { ...alert, deliveries: bounded(alert, [...alert.deliveries, ...fresh]) }
}

/** Whether a webhook hears of this alert: it is in every list that the policy gives the webhook, or one of several agents is. */
export function wants(webhook: Policy['webhooks'][number], alert: RoutedBy): boolean {
  const { severity_min: least, severities, tenants, owners, tiers, causes } = webhook
  const members = membersOf(alert)
  return (
    severityRank(alert.severity) >= severityRank(least) &&
    (severities?.includes(alert.severity) ?? true) &&
    (tenants?.includes(alert.tenant) ?? true) &&
    (tiers === undefined || members.some(({ tier }) => tiers.includes(tier))) &&
    (causes?.includes(alert.cause) ?? true) &&
    (owners === undefined || owners.some((owner) => members.some((member) => isOwner(owner, member.owner))))
  )
}

/** Whether a webhook is an owner's: its list of owners names him, and its tenants hold this one. A webhook without such a list is nobody's. */
export const isRouteOfOwner = (
  { owners, tenants }: Policy['webhooks'][number],
  { tenant, owner }: { tenant: string; owner: string },
): boolean => owners?.some((wanted) => isOwner(wanted, owner)) === true && (tenants?.includes(tenant) ?? true)

type RoutedBy = Pick<Alert, 'severity' | 'tenant' | 'agent' | 'owner' | 'tier' | 'cause' | 'role_change'>

/** `*@acme.example` stands for every owner that ends so. An agent without one is nobody's. */
const isOwner = (wanted: string, owner: string | undefined): boolean =>
  owner !== undefined && (wanted.startsWith('*') ? owner.endsWith(wanted.slice(1)) : owner === wanted)

/**
 * Within the bounds. Of what is due, the latest message to each webhook always stays, since it tells the alert as it stands;
 * in the fewest words where there is no room for more. It takes over since when its webhook has waited.
 */
function bounded(alert: Alert, deliveries: readonly Delivery[]): Delivery[] {
  const kept = keptDue(
    alert,
    deliveries.filter((delivery) => delivery.state === 'due'),
  )
  const settled = deliveries.filter((delivery) => delivery.state !== 'due')
  const room = Math.max(0, deliveriesMax - kept.size)
  for (const delivery of settled.slice(Math.max(0, settled.length - room))) kept.set(delivery, delivery)
  return deliveries.flatMap((delivery) => kept.get(delivery) ?? [])
}

function keptDue(alert: Alert, due: readonly Delivery[]): Map<Delivery, Delivery> {
  const kept = new Map<Delivery, Delivery>()
  const latest = new Map<string, Delivery>()
  let bytes = 0
  for (const delivery of due.toReversed()) {
    const newer = latest.get(delivery.webhook)
    const size = Buffer.byteLength(JSON.stringify(delivery.body))
    const fits = bytes + size <= dueBytesMax
    if (newer === undefined || (kept.size < deliveriesMax && fits)) {
      const body = fits ? delivery.body : renderPlainFormat(delivery.format, alert, delivery.event, dueSince(delivery))
      kept.set(delivery, { ...delivery, body })
      if (newer === undefined) latest.set(delivery.webhook, delivery)
      bytes += fits ? size : 0
      continue
    }
    const now = kept.get(newer) ?? newer
    kept.set(newer, { ...now, due_since: Math.min(dueSince(now), dueSince(delivery)) })
  }
  return kept
}

/** The same revision announces the same event under the same id, also when a crash makes it be planned twice. */
function messageId(alert: Alert, webhook: string, event: string): string {
  const identity = JSON.stringify([alert.id, alert.revision, webhook, event])
  return `msg_${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`
}
