import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Delivery } from '@straylight/schemas/alert'
import { Policy } from '@straylight/schemas/policy'
import { Webhook } from 'standardwebhooks'
import { createWebhookDelivery, signedHeaders } from './webhook-delivery.ts'

const secret = `whsec_${Buffer.from('example-signing-secret-32-bytes!').toString('base64')}`
const delivery: Delivery = {
  webhook: 'soc',
  message_id: 'msg_1',
  event: 'agent.alert.created',
  body: '{"type":"agent.alert.created","timestamp":"2026-11-22T10:00:00.000Z","data":{}}',
  attempts: 0,
  state: 'due',
  next_attempt_at: 0,
}

type Handler = (request: IncomingMessage & { body: string }, response: ServerResponse) => void

/** A real receiver on a free port of this machine. */
async function receiver(t: TestContext, handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => handler(Object.assign(request, { body: Buffer.concat(parts).toString() }), response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

function webhookTo(url: string, given: object = {}): Policy['webhooks'][number] {
  const [webhook] = Policy.parse({ webhooks: [{ name: 'soc', url, allow_private: true, ...given }] }).webhooks
  assert.ok(webhook)
  return webhook
}

const deliver = createWebhookDelivery({ secretOf: () => Promise.resolve(secret), now: Date.now })
const signal = new AbortController().signal

test('the published Standard Webhooks vector is signed to the same bytes', () => {
  const body =
    '{"type":"agent.finding.created","timestamp":"2026-09-23T12:00:06.001Z","data":{"finding_id":"fnd_01J8QZ7Q0P6W3Y2N8T4H5J7KLM","dedup_key":"acme-prod|agent:invoice-reconciler|new_system+volume|crm-eu","severity":"high","score":0.91,"agent_id":"agent:invoice-reconciler","owner":"dana.ops@acme.example","url":"https://console.acme.example/alerts/fnd_01J8QZ7Q0P6W3Y2N8T4H5J7KLM"}}'
  const headers = signedHeaders({ message_id: 'msg_01J8QZ7S2E9R4T6Y8U1I3O5PAB', body }, secret, 1_790_164_807_999)
  assert.equal(headers['webhook-timestamp'], '1790164807')
  assert.equal(headers['webhook-signature'], 'v1,rytmqysIdIQb3L9zjLjfnbrgeZ09mVs3vWKyH7OgMqU=')
})

test('a receiver verifies what arrives with the reference library, and the id stays over retries', async (t) => {
  const ids: unknown[] = []
  const url = await receiver(t, (request, response) => {
    new Webhook(secret).verify(request.body, request.headers as Record<string, string>)
    ids.push(request.headers['webhook-id'])
    response.writeHead(ids.length === 1 ? 500 : 204).end()
  })
  const first = await deliver({ delivery, webhook: webhookTo(url), signal })
  assert.deepEqual(first, { result: 'failed', status: 500, error: 'answered 500', throttled: false })
  const second = await deliver({ delivery: { ...delivery, attempts: 1 }, webhook: webhookTo(url), signal })
  assert.deepEqual(second, { result: 'delivered', status: 204 })
  assert.deepEqual(ids, ['msg_1', 'msg_1'])
})

test('a redirect is a failure and is not followed', async (t) => {
  let followed = 0
  const url = await receiver(t, (request, response) => {
    if (request.url !== '/hook') followed++
    response.writeHead(307, { location: '/elsewhere' }).end()
  })
  const outcome = await deliver({ delivery, webhook: webhookTo(url), signal })
  assert.equal(outcome.result, 'failed')
  assert.equal(outcome.status, 307)
  assert.equal(followed, 0)
})

test('410 says gone; 429 and 503 say how long to wait, in seconds or as a date', async (t) => {
  const answers = [
    { status: 410, headers: {} },
    { status: 429, headers: { 'retry-after': '120' } },
    { status: 503, headers: { 'retry-after': new Date(1_790_000_060_000).toUTCString() } },
  ]
  const url = await receiver(t, (_request, response) => {
    const answer = answers.shift()
    response.writeHead(answer?.status ?? 500, answer?.headers).end()
  })
  const at = createWebhookDelivery({ secretOf: () => Promise.resolve(secret), now: () => 1_790_000_000_000 })
  const webhook = webhookTo(url)
  assert.equal((await at({ delivery, webhook, signal })).result, 'gone')
  const busy = await at({ delivery, webhook, signal })
  assert.deepEqual([busy.throttled, busy.retryAfterMs], [true, 120_000])
  const down = await at({ delivery, webhook, signal })
  assert.deepEqual([down.throttled, down.retryAfterMs], [false, 60_000])
})

test('a receiver that never answers ends with the timeout, one that is not there at once', async (t) => {
  const url = await receiver(t, () => {})
  const slow = await deliver({ delivery, webhook: webhookTo(url, { timeout_seconds: 1 }), signal })
  assert.equal(slow.result, 'failed')
  assert.match(slow.error ?? '', /could not reach .*(timeout|aborted)/i)
  const gone = await deliver({ delivery, webhook: webhookTo('http://127.0.0.1:9/hook'), signal })
  assert.match(gone.error ?? '', /could not reach http:\/\/127\.0\.0\.1:9\/… \(#[0-9a-f]{8}\): connect ECONNREFUSED/)
})

test('the connection goes to the address that was checked, not to what a second lookup would say', async (t) => {
  const hosts: unknown[] = []
  const url = new URL(
    await receiver(t, (request, response) => {
      hosts.push(request.headers.host)
      response.writeHead(200).end()
    }),
  )
  const lookups: string[] = []
  const resolved = createWebhookDelivery({
    secretOf: () => Promise.resolve(secret),
    now: Date.now,
    resolve: async (host) => {
      lookups.push(host)
      return [{ address: '127.0.0.1', family: 4 }]
    },
  })
  url.hostname = 'soc.acme.example'
  const outcome = await resolved({ delivery, webhook: webhookTo(url.href), signal })
  assert.equal(outcome.result, 'delivered')
  assert.deepEqual(lookups, ['soc.acme.example'])
  assert.deepEqual(hosts, [url.host])
})

test('without allow_private nothing inside the network is reached', async (t) => {
  let calls = 0
  const url = await receiver(t, (_request, response) => {
    calls++
    response.writeHead(200).end()
  })
  for (const forbidden of [url, url.replace('http:', 'https:'), 'https://[::ffff:127.0.0.1]/hook']) {
    const outcome = await deliver({ delivery, webhook: webhookTo(forbidden, { allow_private: false }), signal })
    assert.equal(outcome.result, 'failed', forbidden)
    assert.match(outcome.error ?? '', /allow_private/)
  }
  assert.equal(calls, 0)
})
