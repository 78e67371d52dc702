import { createHash } from 'node:crypto'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import type { DeliveryQueue } from './delivery-queue.ts'
import { dueSince } from './delivery-schedule.ts'
import { refusesText } from './refuses-text.ts'
import { isReadByPeople, renderGroup } from './render-webhook.ts'

/** From so many messages on that wait for one channel at once, they go as one: a person reads one list sooner than six messages. */
export const groupFrom = 6
/** Messages in one at most: what a channel shows without being opened, and within the products' bounds. */
export const groupMax = 20

/** What asks for nothing. An approval, or what became of a command, stands alone. */
const isNews: ReadonlySet<Delivery['event']> = new Set([
  'agent.alert.created',
  'agent.alert.updated',
  'agent.alert.closed',
])

interface InLine {
  readonly alert: Alert
  readonly delivery: Delivery
}

/**
 * Starts what is better read together, gravest first, where the webhook is a channel that people read (Slack, Teams). Gives the messages
 * that went. What the receiver refused for its text goes alone, in its fewest words: one name must not hold up twenty alerts.
 */
export function startGroups(
  queue: DeliveryQueue,
  webhook: Policy['webhooks'][number],
  inTurn: readonly InLine[],
  now: number,
): ReadonlySet<Delivery> {
  const started = new Set<Delivery>()
  // Looked at each second, with all that waits.
  if (inTurn.length < groupFrom || !isReadByPeople(webhook.format)) return started
  const together = inTurn.filter(
    ({ delivery }) =>
      isNews.has(delivery.event) &&
      !refusesText.has(delivery.last_status ?? 0) &&
      !queue.isUnderWay(delivery.message_id),
  )
  for (let from = 0; together.length - from >= groupFrom; from += groupMax) {
    const group = together.slice(from, from + groupMax)
    const delivery = groupDelivery(webhook, group)
    if (delivery === undefined) break
    const messages = group.map((one) => ({ alertId: one.alert.id, delivery: one.delivery }))
    if (!queue.startGroup(messages, { delivery, webhook }, now)) break
    for (const one of group) started.add(one.delivery)
  }
  return started
}

/** One message that stands for all of them on its way, and nowhere else: each alert's record keeps its own. */
function groupDelivery({ format }: Policy['webhooks'][number], group: readonly InLine[]): Delivery | undefined {
  const [first] = group
  const body = renderGroup(
    format,
    group.map(({ alert, delivery }) => ({ alert, event: delivery.event, at: dueSince(delivery) })),
  )
  if (first === undefined || body === undefined) return undefined
  const ids = JSON.stringify(group.map(({ delivery }) => delivery.message_id))
  const message_id = `msg_${createHash('sha256').update(ids).digest('hex').slice(0, 32)}`
  return { ...first.delivery, ...(format === undefined ? {} : { format }), message_id, body }
}
