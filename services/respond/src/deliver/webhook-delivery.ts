import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Delivery } from '@straylight/schemas/alert'
import { errorText } from '@straylight/schemas/error-text'
import type { Policy, WebhookFormat } from '@straylight/schemas/policy'
import { visibleText } from '@straylight/schemas/visible-text'
import { Webhook } from 'standardwebhooks'
import { shortened } from '../alert/shortened.ts'
import type { DeliveryOutcome } from './delivery-schedule.ts'
import { rendererOf } from './format/renderer-of.ts'
import {
  type AnswerMeaning,
  meaningByStatus,
  type WebhookAnswer,
  type WebhookRequest,
} from './format/webhook-renderer.ts'
import { retryAfterMs } from './retry-after.ts'
import { shownUrl, withoutPartsOf } from './shown-url.ts'
import { type Resolve, resolveTogether, type WebhookAddress, webhookAddress } from './webhook-address.ts'
import { webhookToken } from './webhook-token.ts'
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
    const way: Way = { connected: false }
    const attempt = async (): Promise<DeliveryOutcome> => {
      const url = await webhookUrl(webhook)
      way.url = url
      const address = await webhookAddress(url, webhook.allow_private, resolve)
      const renderer = rendererOf(delivery.format)
      way.token = await webhookToken(webhook)
      const { body, headers } = await requestOf(delivery, { ...options, webhook, url, token: way.token })
      const onConnected = (): void => {
        way.connected = true
      }
      const sent = { url, address, headers, body, signal: limit.signal, onConnected }
      const answer = await post({ ...sent, readsAnswer: renderer !== null })
      const meaning = renderer?.meaningOf(answer) ?? meaningByStatus(answer)
      const said = shownAnswer(meaning.said, way)
      return outcomeOf(answer, { ...meaning, ...(said === '' ? {} : { said }) }, options.now())
    }
    try {
      return await untilAborted(attempt(), limit.signal)
    } catch (error) {
      const to = way.url === undefined ? `webhook ${webhook.name}` : shownUrl(way.url.href)
      const why = withoutPartsOf(withoutToken(errorText(error), way.token), way.url)
      const unreachable = way.connected ? {} : { unreachable: true }
      return { result: 'failed', error: `could not reach ${to}: ${why}`, ...unreachable }
    } finally {
      limit.clear()
    }
  }
}

interface Way {
  url?: URL
  token?: string | undefined
  connected: boolean
}

/** Our own messages and OCSF's are signed; products know no signature, and have a token or a secret address. */
export const isSigned = ({ format = 'straylight' }: { format?: WebhookFormat | undefined }): boolean =>
  format === 'straylight' || format === 'ocsf'

/** What goes over the wire. */
async function requestOf(
  delivery: Delivery,
  {
    webhook,
    url,
    token,
    secretOf,
    now,
  }: Parameters<typeof createWebhookDelivery>[0] & {
    webhook: Policy['webhooks'][number]
    url: URL
    token: string | undefined
  },
): Promise<WebhookRequest> {
  const { message_id: messageId } = delivery
  const request = rendererOf(delivery.format)?.requestOf({ body: delivery.body, messageId, url, token })
  const body = request?.body ?? delivery.body
  const own = isSigned(delivery)
    ? signedHeaders({ message_id: messageId, body }, await secretOf(webhook.name), now())
    : {}
  const length = { 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'straylight' }
  return { body, headers: { ...own, ...length, ...request?.headers } }
}

/** A product's own words, of at most 160 characters, with nothing in them of the address or the token. */
function shownAnswer(said: string | undefined, { url, token }: Way): string {
  const words = withoutPartsOf(withoutToken(said ?? '', token), url)
    .replace(/\s+/g, ' ')
    .trim()
  return shortened(visibleText(words), 160)
}

const withoutToken = (text: string, token: string | undefined): string =>
  token === undefined ? text : text.replaceAll(token, '…')

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

interface Answer extends WebhookAnswer {
  readonly retryAfter: string | undefined
}

function outcomeOf({ status, retryAfter }: Answer, meaning: AnswerMeaning, now: number): DeliveryOutcome {
  const said = meaning.said?.trim() === '' ? undefined : meaning.said
  const words = said === undefined ? '' : `: ${said}`
  if (meaning.taken) return { result: 'delivered', status, ...(said === undefined ? {} : { said }) }
  if (status === 410) return { result: 'gone', status, error: `answered 410: it says that it is gone for good${words}` }
  const redirects = status >= 300 && status < 400
  const error = redirects ? 'answered with a redirect, which is not followed' : `answered ${status}${words}`
  const throttled = meaning.throttled === true || throttles.has(status)
  const asked = throttled || status === 503 ? retryAfterMs(retryAfter, now) : undefined
  const refuses = status >= 200 && status < 300 ? ', which means that it did not take the message' : ''
  return {
    result: 'failed',
    status,
    error: `${error}${refuses}`,
    throttled,
    ...(asked === undefined ? {} : { retryAfterMs: asked }),
  }
}

/** As much of an answer as is read; what products say is far shorter. */
const answerBytesMax = 4_096

function post(message: {
  url: URL
  address: WebhookAddress
  headers: Readonly<Record<string, string>>
  body: string
  signal: AbortSignal
  onConnected: () => void
  readsAnswer: boolean
}): Promise<Answer> {
  const { url, address, headers, body, signal, onConnected, readsAnswer } = message
  const secure = url.protocol === 'https:'
  const request = secure ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    let answered = false
    // A connection of its own each time: a kept one would go to an address that was checked for another message.
    const sent = request(url, { method: 'POST', headers, signal, agent: false, lookup: fixedLookup(address) })
    sent.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', onConnected))
    sent.on('response', (response) => {
      answered = true
      const answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
      // For our own form the status is all that counts; a body of any length is not waited for.
      if (readsAnswer) beginningOf(response).then((text) => resolve({ ...answer, text }), reject)
      else {
        resolve({ ...answer, text: '' })
        response.destroy()
      }
    })
    sent.on('error', reject)
    // A receiver that switches protocols, or ends in between, gives neither an answer nor an error.
    sent.on('close', () => {
      if (!answered) reject(new Error('the connection closed without an answer'))
    })
    sent.end(body)
  })
}

/** The first bytes of an answer's body. Ends with the connection at the latest, which ends with the attempt. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response) {
    parts.push(part)
    size += part.length
    if (size >= answerBytesMax) break
  }
  response.destroy()
  return Buffer.concat(parts).subarray(0, answerBytesMax).toString()
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
