import { readPolicy } from '@straylight/respond/decide/read-policy'
import { type WebhookBacklog, waitedMs, webhookBacklogs } from '@straylight/respond/deliver/webhook-backlog'
import { webhookFormatFault } from '@straylight/respond/deliver/webhook-format-fault'
import { webhookToken } from '@straylight/respond/deliver/webhook-token'
import { shownWebhook } from '@straylight/respond/deliver/webhook-url'
import { foldJournal } from '@straylight/respond/journal/respond-journal'
import type { Log } from '@straylight/runtime/log/log'
import type { AllSettings } from '@straylight/runtime/settings/config'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { minuteMs } from '@straylight/schemas/duration'
import { errorText } from '@straylight/schemas/error-text'
import { topics } from '@straylight/schemas/topics'
import type { Check } from '../commands/check.ts'

/** Where alerts go: each webhook of the policy with its address, as far as it may be shown. */
export async function* checkWebhooks({ STRAYLIGHT_POLICY: path }: AllSettings): AsyncIterable<Check> {
  // A policy that can't be read has a check of its own.
  const { webhooks } = await readPolicy(path).catch(() => ({ webhooks: [] }))
  for (const webhook of webhooks) {
    const { shown, fault: addressFault } = await shownWebhook(webhook)
    const fault = addressFault ?? (await webhookToken(webhook).then(() => undefined, errorText))
    const name = `webhook ${webhook.name}`
    const odd = await webhookFormatFault(webhook)
    if (odd !== null) yield { name, state: 'bad', ...odd }
    else if (fault === undefined) yield { name, state: 'good', found: shown }
    else
      yield {
        name,
        state: 'bad',
        found: fault,
        mend: 'Put the address, or the token, into that file, or name another one as url_file or token_file.',
      }
  }
}

/** What webhooks had not taken when respond last wrote its journal. A running program says it in /readyz. */
export async function checkDeliveries(
  log: Log,
  { STRAYLIGHT_POLICY: path }: AllSettings,
  now: number,
): Promise<Omit<Check, 'name'>> {
  const { webhooks } = await readPolicy(path)
  const place = { topic: topics.alerts.name, partition: 0 }
  const [from, to] = [await log.startOffset(place), await log.endOffset(place)]
  const revisions = new Map<string, number>()
  const alerts = new Map<string, Alert>()
  if (to > from)
    await foldJournal(log.read(place, from, to), (alert) => {
      if ((revisions.get(alert.id) ?? 0) >= alert.revision) return
      revisions.set(alert.id, alert.revision)
      if (alert.deliveries.some(({ state }) => state === 'due')) alerts.set(alert.id, alert)
      else alerts.delete(alert.id)
    })
  const behind = webhookBacklogs(alerts.values(), webhooks).filter(({ undelivered }) => undelivered > 0)
  if (behind.length === 0) return { state: 'good', found: 'every message has been delivered or given up' }
  return {
    state: 'note',
    found: behind.map((backlog) => inWords(backlog, now)).join('; '),
    mend: 'They go out, the gravest first, as soon as respond runs and the webhook answers.',
  }
}

function inWords(backlog: WebhookBacklog, now: number): string {
  const minutes = Math.floor(waitedMs(backlog, now) / minuteMs)
  const gone = backlog.gone ? ', it says that it is gone for good (410)' : ''
  const error = backlog.last_error === undefined ? '' : `, last answer: ${backlog.last_error}`
  return `webhook ${backlog.webhook}: ${counted(backlog.undelivered, 'message')} undelivered, the oldest for ${counted(minutes, 'minute')}${gone}${error}`
}
