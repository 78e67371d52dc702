import { alertData } from '../alert-data.ts'
import { jsonFieldsOf } from './json-fields-of.ts'
import type { WebhookRenderer } from './webhook-renderer.ts'

/** Codes by which Splunk says that it has no room at the moment: server is busy, queue is full. */
const busy: ReadonlySet<unknown> = new Set([9, 26, 27])

/**
 * An event for Splunk's HTTP Event Collector, `/services/collector/event`. The fields `app`, `dest`, `signature`, `type` and `user` are those
 * of Splunk's common data model for alerts; all others are those of our own webhooks.
 */
export const splunkHec: WebhookRenderer = {
  bodyOf: ({ alert, event, at, answers }, detail) => ({
    // Seconds, with fractions.
    time: at / 1000,
    host: 'straylight',
    source: 'straylight',
    sourcetype: 'straylight:alert',
    event: {
      // The sentence first: Splunk shows the beginning of an event.
      ...{ summary: alert.summary, id: alert.id, type: 'alert', app: 'straylight', event },
      ...{ signature: alert.cause, ...alertData(alert, detail), answer_with: answers },
      ...{ user: alert.agent.slice(0, 512), dest: alert.target.slice(0, 512) },
    },
  }),
  requestOf: ({ body, token }) => ({
    body,
    headers: { 'content-type': 'application/json', authorization: `Splunk ${token}` },
  }),
  meaningOf: ({ status, text }) => {
    const { code, text: words } = jsonFieldsOf(text)
    return {
      taken: status >= 200 && status < 300 && (code === undefined || code === 0),
      said: typeof words === 'string' ? `${words} (code ${code})` : text,
      throttled: status === 429 || busy.has(code),
    }
  },
}
