import type { Alert, Delivery } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { minuteMs } from '@straylight/schemas/duration'
import { dueSince } from './delivery-schedule.ts'

/** What a webhook has not taken yet. */
export interface WebhookBacklog {
  readonly webhook: string
  readonly undelivered: number
  /** Since when the oldest of them has been due, milliseconds since 1970 UTC; null: nothing is. */
  readonly oldest_at: number | null
  /** It answered 410 to a message that still waits. */
  readonly gone: boolean
  /** What the one that waits longest was answered; absent: nothing yet. */
  readonly last_status?: number
  readonly last_error?: string
}

/** What waits for each of these webhooks, in their order. */
export function webhookBacklogs(alerts: Iterable<Alert>, webhooks: readonly { name: string }[]): WebhookBacklog[] {
  const counts = new Map(webhooks.map(({ name }) => [name, { undelivered: 0, gone: false }]))
  const oldest = new Map<string, Delivery>()
  for (const { deliveries } of alerts) {
    for (const delivery of deliveries) {
      const count = counts.get(delivery.webhook)
      if (delivery.state !== 'due' || count === undefined) continue
      count.undelivered++
      count.gone ||= delivery.last_status === 410
      const known = oldest.get(delivery.webhook)
      if (known === undefined || dueSince(delivery) < dueSince(known)) oldest.set(delivery.webhook, delivery)
    }
  }
  return [...counts].map(([webhook, count]) => {
    const first = oldest.get(webhook)
    return {
      webhook,
      ...count,
      oldest_at: first === undefined ? null : dueSince(first),
      ...(first?.last_status === undefined ? {} : { last_status: first.last_status }),
      ...(first?.last_error === undefined ? {} : { last_error: first.last_error }),
    }
  })
}

/** How long the oldest undelivered message has been due, in milliseconds. */
export const waitedMs = ({ oldest_at: at }: WebhookBacklog, now: number): number =>
  at === null ? 0 : Math.max(0, now - at)

/** One sentence for each webhook that does not take what it should: beyond `lateMs`, or at once where it answered 410. */
export function backlogReasons(backlogs: readonly WebhookBacklog[], now: number, lateMs: number): string[] {
  return backlogs.flatMap((backlog) => {
    const waited = waitedMs(backlog, now)
    if (!backlog.gone && waited <= lateMs) return []
    const minutes = Math.floor(waited / minuteMs)
    const many = `${counted(backlog.undelivered, 'message')} ${backlog.undelivered === 1 ? 'waits' : 'wait'}`
    return [
      `webhook ${backlog.webhook} does not take alerts: ${many}, the oldest for ${counted(minutes, 'minute')}; ${lastAnswer(backlog)}`,
    ]
  })
}

/** In words of ours alone: /readyz is read by more people than the log. */
function lastAnswer({ gone, last_status: status, last_error: error }: WebhookBacklog): string {
  if (gone) return 'it answered 410, that it is gone for good: correct its url in the policy, or take it out'
  if (status !== undefined && status < 300) return `it answered ${status}, in words that mean that it took nothing`
  if (status !== undefined) return `it answered ${status}`
  return error === undefined ? 'it has not been tried' : "it could not be reached, respond's log says why"
}
