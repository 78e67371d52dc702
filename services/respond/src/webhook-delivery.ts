import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Delivery } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import { Webhook } from 'standardwebhooks'
import type { DeliveryOutcome } from './delivery-schedule.ts'
import { type Resolve, type WebhookAddress, webhookAddress } from './webhook-address.ts'

export interface DeliveryAttempt {
  readonly delivery: Delivery
  readonly webhook: Policy['webhooks'][number]
  /** Ends the attempt early, at shutdown. */
  readonly signal: AbortSignal
}

/** Makes one attempt. Never throws: whatever goes wrong is an outcome. */
export type Deliver = (attempt: DeliveryAttempt) => Promise<DeliveryOutcome>

/** Statuses by which a receiver, or what stands before it, asks for room. */
const throttles: ReadonlySet<number> = new Set([429, 502, 504])

/** Sends Standard Webhooks messages: signed (`v1`, HMAC-SHA256), to the address checked, without following redirects. */
export function createWebhookDelivery(options: {
  secretOf: (webhook: string) => Promise<string>
  now: () => number
  resolve?: Resolve
}): Deliver {
  return async ({ delivery, webhook, signal }) => {
    try {
      const url = new URL(webhook.url)
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(webhook.timeout_seconds * 1000)])
      const address = await untilAborted(webhookAddress(url, webhook.allow_private, options.resolve), timeout)
      const headers = signedHeaders(delivery, await options.secretOf(webhook.name), options.now())
      return outcomeOf(await post({ url, address, headers, body: delivery.body, signal: timeout }), options.now())
    } catch (error) {
      return { result: 'failed', error: `could not reach ${webhook.url}: ${messageOf(error)}` }
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
  if (status === 410) return { result: 'gone', status, error: 'answered 410: sends nothing more until its url changes' }
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

/** Seconds, or a date. */
function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function post(message: {
  url: URL
  address: WebhookAddress
  headers: Record<string, string>
  body: string
  signal: AbortSignal
}): Promise<Answer> {
  const { url, address, headers, body, signal } = message
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    // A connection of its own each time: a kept one would go to an address that was checked for another message.
    const sent = request(url, { method: 'POST', headers, signal, agent: false, lookup: fixedLookup(address) })
    sent.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
      // The status is all that counts; a body of any length is not waited for.
      response.destroy()
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function fixedLookup({ address, family }: WebhookAddress): LookupFunction {
  return (_host, options, done) => {
    if (options.all) done(null, [{ address, family }])
    else done(null, address, family)
  }
}

/** A name server that hangs must not outlast the timeout. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
