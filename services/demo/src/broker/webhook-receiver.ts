import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** A delivery whose signature was right. */
export interface ReceivedWebhook {
  readonly id: string
  readonly received_at: number
  /** `{ type, timestamp, data }`, as Standard Webhooks 1.0.0 asks. */
  readonly body: unknown
}

/** `ok`, or how a receiver fails: an error, silence until closed, gone for good. */
export type ReceiverMode = 'ok' | 'error_500' | 'hang' | 'gone_410'

/** What a SOC would run: an HTTP server that trusts a delivery only by its signature and counts each message once. */
export interface WebhookReceiver {
  readonly url: string
  /** Messages accepted, each id once, oldest first, the last 10,000. */
  readonly received: readonly ReceivedWebhook[]
  /** Deliveries of a message that was here before. */
  readonly repeats: number
  /** Requests turned away for a wrong, missing or stale signature. */
  readonly refused: number
  setMode(mode: ReceiverMode): void
  onReceived(listener: (webhook: ReceivedWebhook) => void): void
  close(): Promise<void>
}

const bodyBytesMax = 1_048_576
const messagesMax = 10_000

interface State {
  mode: ReceiverMode
  repeats: number
  refused: number
  readonly received: ReceivedWebhook[]
  readonly seen: Set<string>
  readonly listeners: ((webhook: ReceivedWebhook) => void)[]
}

/** Listens on a free port of 127.0.0.1. `secret`: `whsec_` and base64, shared with the sender. */
export async function startWebhookReceiver(options: { secret: string; port?: number }): Promise<WebhookReceiver> {
  const webhook = new Webhook(options.secret)
  const state: State = { mode: 'ok', repeats: 0, refused: 0, received: [], seen: new Set(), listeners: [] }
  const server = createServer((request, response) => {
    answer(request, response, webhook, state).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    received: state.received,
    get repeats() {
      return state.repeats
    },
    get refused() {
      return state.refused
    },
    setMode: (mode) => {
      state.mode = mode
    },
    onReceived: (listener) => void state.listeners.push(listener),
    close: () => closeServer(server),
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, webhook: Webhook, state: State) {
  const body = await bodyOf(request)
  if (state.mode === 'hang') return
  if (state.mode === 'error_500') return end(response, 500, 'out of order')
  if (state.mode === 'gone_410') return end(response, 410, 'gone')
  if (request.method !== 'POST') return end(response, 405, 'POST only')
  if (body === undefined) return end(response, 413, `more than ${bodyBytesMax} bytes`)
  const verified = verify(webhook, body, request)
  if (verified === undefined) {
    state.refused++
    return end(response, 401, 'signature missing, wrong or stale')
  }
  accept(state, String(request.headers['webhook-id']), verified.body)
  return end(response, 204, '')
}

/** A sender that got no answer sends again under the same id: answered alike, counted once. */
function accept(state: State, id: string, body: unknown): void {
  if (state.seen.has(id)) {
    state.repeats++
    return
  }
  state.seen.add(id)
  const received = { id, received_at: Date.now(), body }
  state.received.push(received)
  if (state.received.length > messagesMax) {
    const oldest = state.received.shift()
    if (oldest) state.seen.delete(oldest.id)
  }
  for (const listener of state.listeners) listener(received)
}

function verify(webhook: Webhook, body: string, request: IncomingMessage): { body: unknown } | undefined {
  const header = (name: string) => String(request.headers[name] ?? '')
  const headers = {
    'webhook-id': header('webhook-id'),
    'webhook-timestamp': header('webhook-timestamp'),
    'webhook-signature': header('webhook-signature'),
  }
  try {
    return { body: webhook.verify(body, headers) }
  } catch {
    // Whatever is wrong with it, it is not from the sender we know: refused and counted by the caller.
    return undefined
  }
}

/** Undefined when the body is larger than any alert. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += (piece as Buffer).length
    if (bytes <= bodyBytesMax) pieces.push(piece as Buffer)
  }
  return bytes > bodyBytesMax ? undefined : Buffer.concat(pieces).toString('utf8')
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
    server.closeAllConnections()
  })
}
