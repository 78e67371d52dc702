import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { WebhookFormat } from '@straylight/schemas/policy'
import { shortened } from '../alert/shortened.ts'
import { alertData } from './alert-data.ts'
import { answerWith } from './answer-with.ts'
import { plainAlert, plainName } from './format/alert-facts.ts'
import { rendererOf } from './format/renderer-of.ts'

/** Standard Webhooks asks for bodies below 20 kB. */
export const bodyBytesMax = 20_000

/** The body of a webhook message in the webhook's own form. Holds no secret of the webhook: it stands in the journal. */
export function renderFormat(
  format: WebhookFormat | undefined,
  alert: Alert,
  event: Delivery['event'],
  at: number,
): string {
  const renderer = rendererOf(format)
  if (renderer === null) return renderWebhook(alert, event, at)
  const answers = answerWith(alert)
  return (
    fitting((detail) => JSON.stringify(renderer.bodyOf({ alert, event, at, answers }, detail))) ??
    renderPlainFormat(format, alert, event, at)
  )
}

/** Whether people read it in a channel, where several messages may go as one. */
export const isReadByPeople = (format: WebhookFormat | undefined): boolean =>
  rendererOf(format)?.groupBodyOf !== undefined

/** The body of several messages in one, for a product that people read; undefined where it takes one at a time, or there is no room. */
export function renderGroup(
  format: WebhookFormat | undefined,
  messages: readonly { alert: Alert; event: Delivery['event']; at: number }[],
): string | undefined {
  const { groupBodyOf } = rendererOf(format) ?? {}
  if (groupBodyOf === undefined) return undefined
  const whole = messages.map((message) => ({ ...message, answers: [] }))
  return fitting((characters) => JSON.stringify(groupBodyOf(whole, characters)), [600, 300, 150, 60])
}

/**
 * The body of a day's digest: our own form has its data, a product that people read its lines, as many as find room; undefined for products
 * that take alerts alone.
 */
export function renderDigest(
  format: WebhookFormat | undefined,
  digest: { headline: string; lines: readonly string[]; data: object; at: number },
): string | undefined {
  const { headline, lines, data, at } = digest
  const renderer = rendererOf(format)
  const rooms = [40, 20, 10, 3]
  if (renderer === null) {
    const text = (room: number) => lines.slice(0, room).map((line) => shortened(line, 400))
    return fitting((room) => messageOf('agent.digest.daily', at, { headline, lines: text(room), ...data }), rooms)
  }
  const { textBodyOf } = renderer
  if (textBodyOf === undefined) return undefined
  return fitting((room) => {
    const left = lines.length - room
    const shown = lines.slice(0, room).map((line) => shortened(line, 400))
    return JSON.stringify(
      textBodyOf(headline, left > 0 ? [...shown, `${left} more lines: straylight digest --print.`] : shown),
    )
  }, rooms)
}

/** The body with the most detail that finds room; undefined where none does. */
function fitting(bodyWith: (detail: number) => string, details = [3, 1, 0]): string | undefined {
  for (const detail of details) {
    const body = bodyWith(detail)
    if (Buffer.byteLength(body) < bodyBytesMax) return body
  }
  return undefined
}

const messageOf = (event: Delivery['event'], at: number, data: object): string =>
  JSON.stringify({ type: event, timestamp: new Date(at).toISOString(), data })

/** The same in the fewest words, as `renderPlainWebhook`. */
export function renderPlainFormat(
  format: WebhookFormat | undefined,
  alert: Alert,
  event: Delivery['event'],
  at: number,
): string {
  const renderer = rendererOf(format)
  if (renderer === null) return renderPlainWebhook(alert, event, at)
  return JSON.stringify(renderer.bodyOf({ alert: plainAlert(alert), event, at, answers: answerWith(alert) }, 0))
}

/** The body of a message of our own form, `{ type, timestamp, data }`. */
export function renderWebhook(alert: Alert, event: Delivery['event'], at: number): string {
  const { id, revision, severity, summary } = alert
  return (
    fitting((detail) => messageOf(event, at, alertData(alert, detail))) ??
    messageOf(event, at, { alert_id: id, revision, severity, summary })
  )
}

/**
 * The same in the fewest words, none of them chosen by an agent: for a receiver that refused the whole text, which a hijacked
 * agent may have filled with what the receiver's own guards stop, and where the whole text finds no room.
 */
export function renderPlainWebhook(alert: Alert, event: Delivery['event'], at: number): string {
  const { id, revision, severity, state, cause, tier, finding_count, response } = alert
  const agent = plainName.test(alert.agent) ? alert.agent : 'an agent with an unusual name'
  const summary = `${agent}: ${severity} alert, ${cause.replaceAll('_', ' ')}. The whole text was refused or too long; straylight explain ${id} has it.`
  const data = { alert_id: id, revision, state, severity, summary, agent, tier, cause, finding_count, response }
  return messageOf(event, at, {
    ...data,
    answer_with: answerWith(alert),
    explain_with: [`straylight explain ${id}`],
  })
}
