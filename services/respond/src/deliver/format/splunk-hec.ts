import { createHash } from 'node:crypto'
import { shortened } from '../../alert/shortened.ts'
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
      ...{ user: shortened(alert.agent, 512), dest: shortened(alert.target, 512) },
    },
  }),
  // A token with indexer acknowledgement refuses what names no channel (code 10); others pass it over.
  requestOf: ({ body, token, url }) => ({
    body,
    headers: {
      'content-type': 'application/json',
      authorization: `Splunk ${token}`,
      'x-splunk-request-channel': channelOf(url),
    },
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

/** A channel is a UUID that stays the same for one collector: version 8, of a hash (RFC 9562). */
function channelOf({ origin, pathname }: URL): string {
  const digits = createHash('sha256').update(`straylight ${origin}${pathname}`).digest('hex')
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `a${digits.slice(17, 20)}`]
  return [...parts, digits.slice(20, 32)].join('-')
}
