import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Delivery } from '@straylight/schemas/alert'
import { errorText } from '@straylight/schemas/error-text'
import type { Policy } from '@straylight/schemas/policy'
import { Webhook } from 'standardwebhooks'
import type { DeliveryOutcome } from './delivery-schedule.ts'
import { retryAfterMs } from './retry-after.ts'
import { shownUrl, withoutPartsOf } from './shown-url.ts'
import { type Resolve, resolveTogether, type WebhookAddress, webhookAddress } from './webhook-address.ts'
import { webhookUrl } from './webhook-url.ts'

export interface DeliveryAttempt {
  readonly delivery: Delivery
  readonly webhook: Policy['webhooks'][number]
  /** Ends the attempt early, at shutdown. */
  readonly signal: AbortSignal
}

/** Makes one attempt. Never throws: whatever goes wrong is an outcome. Ends within the webhook's timeout, whatever hangs. */
export type Deliver = (attempt: DeliveryAttempt) => Promise<DeliveryOutcome>

/** Statuses by which a receiver, or what stands before it, asks for room. */
const throttles: ReadonlySet<number> = new Set([429, 502, 504])

/** Sends Standard Webhooks messages: signed (`v1`, HMAC-SHA256), to the address checked, without following redirects. */
export function createWebhookDelivery(options: {
  secretOf: (webhook: string) => Promise<string>
  now: () => number
  resolve?: Resolve
}): Deliver {
  const resolve = resolveTogether(options.resolve)
  return async ({ delivery, webhook, signal }) => {
    const limit = timeLimit(webhook.timeout_seconds, signal)
    const way: { url?: URL; connected: boolean } = { connected: false }
    const attempt = async (): Promise<DeliveryOutcome> => {
      const url = await webhookUrl(webhook)
      way.url = url
      const address = await webhookAddress(url, webhook.allow_private, resolve)
      const headers = signedHeaders(delivery, await options.secretOf(webhook.name), options.now())
      const onConnected = (): void => {
        way.connected = true
      }
      const { body } = delivery
      return outcomeOf(await post({ url, address, headers, body, signal: limit.signal, onConnected }), options.now())
    }
    try {
      return await untilAborted(attempt(), limit.signal)
    } catch (error) {
      const to = way.url === undefined ? `webhook ${webhook.name}` : shownUrl(way.url.href)
      const why = withoutPartsOf(errorText(error), way.url)
      const unreachable = way.connected ? {} : { unreachable: true }
      return { result: 'failed', error: `could not reach ${to}: ${why}`, ...unreachable }
    } finally {
      limit.clear()
    }
  }
}

/** The headers of one attempt; the id stays over retries, the timestamp does not. */
export function signedHeaders(
  delivery: Pick<Delivery, 'message_id' | 'body'>,
  secret: string,
  now: number,
): Record<string, string> {
  const timestamp = Math.floor(now / 1000)
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(delivery.body)),
    'user-agent': 'straylight',
    'webhook-id': delivery.message_id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': new Webhook(secret).sign(delivery.message_id, new Date(timestamp * 1000), delivery.body),
  }
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

function outcomeOf({ status, retryAfter }: Answer, now: number): DeliveryOutcome {
  if (status >= 200 && status < 300) return { result: 'delivered', status }
  if (status === 410) return { result: 'gone', status, error: 'answered 410: it says that it is gone for good' }
  const error = status >= 300 && status < 400 ? 'answered with a redirect, which is not followed' : `answered ${status}`
  const asked = throttles.has(status) || status === 503 ? retryAfterMs(retryAfter, now) : undefined
  return {
    result: 'failed',
    status,
    error,
    throttled: throttles.has(status),
    ...(asked === undefined ? {} : { retryAfterMs: asked }),
  }
}

function post(message: {
  url: URL
  address: WebhookAddress
  headers: Record<string, string>
  body: string
  signal: AbortSignal
  onConnected: () => void
}): Promise<Answer> {
  const { url, address, headers, body, signal, onConnected } = message
  const secure = url.protocol === 'https:'
  const request = secure ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    // A connection of its own each time: a kept one would go to an address that was checked for another message.
    const sent = request(url, { method: 'POST', headers, signal, agent: false, lookup: fixedLookup(address) })
    sent.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', onConnected))
    sent.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
      // The status is all that counts; a body of any length is not waited for.
      response.destroy()
    })
    sent.on('error', reject)
    // A receiver that switches protocols, or ends in between, gives neither an answer nor an error.
    sent.on('close', () => reject(new Error('the connection closed without an answer')))
    sent.end(body)
  })
}

function fixedLookup({ address, family }: WebhookAddress): LookupFunction {
  return (_host, options, done) => {
    if (options.all) done(null, [{ address, family }])
    else done(null, address, family)
  }
}

/** A signal of its own for each attempt, with a timer that is cleared: none outlives what it guards. */
function timeLimit(seconds: number, outer: AbortSignal): { signal: AbortSignal; clear: () => void } {
  const limit = new AbortController()
  const stop = (): void => limit.abort(outer.reason)
  const timer = setTimeout(() => limit.abort(new Error(`timeout: no answer within ${seconds} s`)), seconds * 1000)
  if (outer.aborted) stop()
  outer.addEventListener('abort', stop, { once: true })
  return {
    signal: limit.signal,
    clear: () => {
      clearTimeout(timer)
      outer.removeEventListener('abort', stop)
      // What still runs (a lookup, a read) must not send anything later.
      limit.abort(new Error('the attempt has ended'))
    },
  }
}

/** A name server or a disk that hangs must not outlast the timeout. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
