import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import { applyChange, type TurnContext } from '../alert/apply-change.ts'
import { severityRank } from '../decide/severity.ts'
import type { RespondOptions } from '../respond-options.ts'
import type { DeliveryDone, DeliveryQueue } from './delivery-queue.ts'
import { afterAttempt, dueSince } from './delivery-schedule.ts'
import { startGroups } from './group-deliveries.ts'
import { refusesText } from './refuses-text.ts'
import { renderFormat, renderPlainFormat } from './render-webhook.ts'
import type { DeliveryTurn } from './webhook-watch.ts'

/** Takes ended attempts into their alerts, so that the journal knows them. */
export function applyDeliveries(
  context: TurnContext,
  queue: DeliveryQueue,
  now: number,
  options: RespondOptions,
): void {
  for (const done of queue.drain()) {
    const alert = context.memory.alertIndex.get(done.alertId)
    const delivery = alert?.deliveries.find((one) => one.message_id === done.messageId)
    if (alert === undefined || delivery === undefined) continue
    if (done.sharesAttempt !== true || done.outcome.result === 'delivered')
      queue.watch.answered(delivery, done.outcome, now)
    const webhook = context.policy.webhooks.find(({ name }) => name === delivery.webhook)
    const tried = afterAttempt(delivery, done.outcome, now, done.turn === 'out_of_turn')
    const next = inFewestWords(alert, tried, webhook)
    report(options, next, done)
    applyChange(context, { alert: withDelivery(alert, next), at: now, notify: [] })
  }
}

/** The next attempt says the least instead, and nothing that an agent chose. */
function inFewestWords(alert: Alert, delivery: Delivery, webhook: Policy['webhooks'][number] | undefined): Delivery {
  if (delivery.state !== 'due' || !refusesText.has(delivery.last_status ?? 0)) return delivery
  const { format: _before, ...rest } = delivery
  const format = webhook?.format
  const body = renderPlainFormat(format, alert, delivery.event, dueSince(delivery))
  return { ...rest, ...(format === undefined ? {} : { format }), body }
}

/**
 * The message as it goes out now: in the webhook's form, also where the policy has named it since, so that what Slack refused comes through
 * once `format: slack` is said. PagerDuty hears how the alert stands now: a trigger that comes late must open nothing again.
 */
function asItGoesOut(alert: Alert, delivery: Delivery, webhook: Policy['webhooks'][number]): Delivery {
  const { format: _before, ...rest } = delivery
  const { format } = webhook
  const same = (delivery.format ?? 'straylight') === (format ?? 'straylight')
  if (same && format !== 'pagerduty') return delivery
  const wasRefused = same && refusesText.has(delivery.last_status ?? 0)
  const render = wasRefused ? renderPlainFormat : renderFormat
  const body = render(format, alert, delivery.event, dueSince(delivery))
  return { ...rest, ...(format === undefined ? {} : { format }), body }
}

interface Waiting {
  readonly alert: Alert
  readonly delivery: Delivery
  readonly turn: DeliveryTurn
}

/** Starts what is due in alerts that the log has acknowledged; a message the log does not know must not go out. */
export function startDeliveries(
  context: TurnContext,
  queue: DeliveryQueue,
  now: number,
  acknowledged: ReadonlySet<Alert>,
): void {
  const webhooks = new Map(context.policy.webhooks.map((webhook) => [webhook.name, webhook]))
  const waiting = new Map<string, Waiting[]>()
  for (const alert of [...context.memory.alertIndex.values()]) {
    if (alert.deliveries.length === 0 || !acknowledged.has(alert)) continue
    giveUpUnnamed(context, alert, now, webhooks)
    for (const one of nextOfAlert(alert, queue, now)) {
      const line = waiting.get(one.delivery.webhook) ?? []
      waiting.set(one.delivery.webhook, line)
      line.push(one)
    }
  }
  for (const webhook of context.policy.webhooks) startLine(queue, webhook, waiting.get(webhook.name) ?? [], now)
}

/** One message of an alert at a time to a webhook: what is due arrives in the order it happened. */
function nextOfAlert(alert: Alert, queue: DeliveryQueue, now: number): Iterable<Waiting> {
  const next = new Map<string, Waiting>()
  for (const delivery of alert.deliveries) {
    const known = next.get(delivery.webhook)
    if (delivery.state !== 'due' || known?.turn === 'in_turn') continue
    const turn = queue.watch.turnOf(delivery, now)
    if (turn === 'in_turn' || (turn === 'out_of_turn' && known === undefined))
      next.set(delivery.webhook, { alert, delivery, turn })
  }
  return next.values()
}

/** The gravest first, among those what was never tried, then the oldest: a flood of small alerts holds up nothing worse. */
function startLine(
  queue: DeliveryQueue,
  webhook: Policy['webhooks'][number],
  line: readonly Waiting[],
  now: number,
): void {
  if (line.length === 0 || queue.room(webhook.name) <= 0) return
  const inTurn = line.filter(({ turn }) => turn === 'in_turn').sort(byUrgency)
  // Out of turn one goes at a time, the one that was not tried for longest: a message that never passes must not be the only one tried.
  const last = ({ delivery }: Waiting): number => queue.watch.triedAt(delivery)
  const early = line
    .filter(({ turn }) => turn === 'out_of_turn')
    .sort((one, other) => last(one) - last(other) || byUrgency(one, other))
  const grouped = startGroups(queue, webhook, inTurn, now)
  const alone = inTurn.filter(({ delivery }) => !grouped.has(delivery))
  for (const { alert, delivery, turn } of inTurn.length > 0 ? alone : early) {
    const room = queue.room(webhook.name)
    if (room <= 0) return
    const started = queue.start(alert.id, { delivery: asItGoesOut(alert, delivery, webhook), webhook }, now, turn)
    if (started && turn === 'out_of_turn') return
  }
}

function byUrgency(one: Waiting, other: Waiting): number {
  return (
    severityRank(other.alert.severity) - severityRank(one.alert.severity) ||
    Math.min(one.delivery.attempts, 1) - Math.min(other.delivery.attempts, 1) ||
    dueSince(one.delivery) - dueSince(other.delivery)
  )
}

/** What is due to a webhook that the policy no longer has can go nowhere. */
function giveUpUnnamed(
  context: TurnContext,
  alert: Alert,
  now: number,
  webhooks: ReadonlyMap<string, Policy['webhooks'][number]>,
): void {
  const lost = (one: Delivery): boolean => one.state === 'due' && !webhooks.has(one.webhook)
  if (!alert.deliveries.some(lost)) return
  const last_error = 'the policy names no such webhook any more'
  const deliveries = alert.deliveries.map(
    (one): Delivery => (lost(one) ? { ...one, state: 'failed', body: '', last_error } : one),
  )
  applyChange(context, { alert: { ...alert, deliveries }, at: now, notify: [] })
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

function withDelivery(alert: Alert, delivery: Delivery): Alert {
  const deliveries = alert.deliveries.map((one) => (one.message_id === delivery.message_id ? delivery : one))
  return { ...alert, deliveries }
}
