import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Policy, type WebhookFormat } from '@straylight/schemas/policy'
import { type ProductAnswer, type ProductRequest, productReceiver } from '../../../test-support/product-receiver.ts'
import { testMessages } from '../test-message.ts'
import { createWebhookDelivery } from '../webhook-delivery.ts'

const secret = `whsec_${Buffer.from('example-signing-secret-32-bytes!').toString('base64')}`
const token = 'PLANTED-token-0123456789abcdef'

/** Sends the test message of a format to a server that plays its product. */
async function sentTo(
  t: TestContext,
  given: { format: WebhookFormat; path: string; more?: object },
  answer: (request: ProductRequest) => ProductAnswer,
) {
  const { url, requests } = await productReceiver(t, answer)
  const [webhook] = Policy.parse({
    webhooks: [{ name: 'soc', url: `${url}${given.path}`, format: given.format, allow_private: true, ...given.more }],
  }).webhooks
  assert.ok(webhook)
  const deliver = createWebhookDelivery({ secretOf: () => Promise.resolve(secret), now: Date.now })
  const outcomes = []
  for (const delivery of testMessages(webhook, Date.now())) {
    assert.doesNotMatch(JSON.stringify(delivery), /PLANTED/)
    outcomes.push(await deliver({ delivery, webhook, signal: new AbortController().signal }))
  }
  const [outcome] = outcomes
  assert.ok(outcome)
  return { outcome, outcomes, requests }
}

test('Slack: ok is taken; its refusals are said in its words; 200 without ok is none', async (t) => {
  const slack = { format: 'slack', path: '/services/T0/B0/XPLANTEDX' } as const
  const took = await sentTo(t, slack, () => ({ status: 200, text: 'ok' }))
  assert.deepEqual(took.outcome, { result: 'delivered', status: 200, said: 'ok' })
  assert.equal(took.requests[0]?.headers['content-type'], 'application/json')
  assert.equal(took.requests[0]?.headers['webhook-signature'], undefined)
  const workflow = await sentTo(t, slack, () => ({ status: 200, text: '{"ok":true}' }))
  assert.equal(workflow.outcome.result, 'delivered')
  for (const [status, text, result] of [
    [400, 'invalid_payload', 'failed'],
    [403, 'action_prohibited', 'failed'],
    [404, 'no_service', 'failed'],
    [410, 'channel_is_archived', 'gone'],
    [200, '{"ok":false,"error":"channel_not_found"}', 'failed'],
    [200, '<html>Sign in</html>', 'failed'],
    [200, '', 'failed'],
  ] as const) {
    const { outcome } = await sentTo(t, slack, () => ({ status, text }))
    assert.deepEqual([outcome.result, outcome.status], [result, status])
    assert.ok((outcome.error ?? '').includes(text), outcome.error)
    assert.doesNotMatch(outcome.error ?? '', /: ,|: $/)
  }
  const busy = await sentTo(t, slack, () => ({ status: 429, text: 'rate_limited', headers: { 'retry-after': '30' } }))
  assert.deepEqual([busy.outcome.throttled, busy.outcome.retryAfterMs], [true, 30_000])
})

test('Teams: workflows answer 202 and nothing; an older connector says in a 200 that it failed', async (t) => {
  const teams = { format: 'teams', path: '/workflows/x/triggers/manual/paths/invoke?sig=PLANTED' } as const
  assert.equal((await sentTo(t, teams, () => ({ status: 202 }))).outcome.result, 'delivered')
  assert.equal((await sentTo(t, teams, () => ({ status: 200, text: '1' }))).outcome.result, 'delivered')
  const text = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429'
  const { outcome } = await sentTo(t, teams, () => ({ status: 200, text }))
  assert.deepEqual([outcome.result, outcome.throttled], ['failed', true])
})

test('PagerDuty: the routing key goes into the event as it is sent; a test opens and resolves one incident', async (t) => {
  const pagerduty = { format: 'pagerduty', path: '/v2/enqueue', more: { token } } as const
  const answer = { status: 'success', message: 'Event processed', dedup_key: 'x' }
  const { outcomes, requests } = await sentTo(t, pagerduty, () => ({ status: 202, text: JSON.stringify(answer) }))
  assert.deepEqual(
    outcomes.map(({ result }) => result),
    ['delivered', 'delivered'],
  )
  const sent = requests.map(({ body }) => JSON.parse(body))
  assert.deepEqual(
    sent.map(({ routing_key, event_action }) => [routing_key, event_action]),
    [
      [token, 'trigger'],
      [token, 'resolve'],
    ],
  )
  assert.equal(sent[0].dedup_key, sent[1].dedup_key)
  const said = { status: 'invalid event', message: 'Event object is invalid', errors: [`bad routing_key ${token}`] }
  for (const status of [400, 202]) {
    const { outcome } = await sentTo(t, pagerduty, () => ({ status, text: JSON.stringify(said) }))
    assert.equal(outcome.result, 'failed')
    assert.match(outcome.error ?? '', /Event object is invalid: bad routing_key …/)
  }
})

test('Splunk: the token is a header, a code that is not 0 is a refusal, and a busy server gets room', async (t) => {
  const splunk = { format: 'splunk_hec', path: '/services/collector/event', more: { token } } as const
  const took = await sentTo(t, splunk, () => ({ status: 200, text: '{"text":"Success","code":0}' }))
  assert.equal(took.outcome.result, 'delivered')
  assert.equal(took.requests[0]?.headers.authorization, `Splunk ${token}`)
  // With indexer acknowledgement Splunk wants a channel, a UUID; the second message goes by the same one.
  const acknowledged = await sentTo(t, splunk, ({ headers }) =>
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/.test(`${headers['x-splunk-request-channel']}`)
      ? { status: 200, text: '{"text":"Success","code":0,"ackId":0}' }
      : { status: 400, text: '{"text":"Data channel is missing","code":10}' },
  )
  assert.equal(acknowledged.outcome.result, 'delivered')
  for (const [status, text, throttled] of [
    [403, '{"text":"Invalid token","code":4}', false],
    [200, '{"text":"Data channel is missing","code":10}', false],
    [503, '{"text":"Server is busy","code":9}', true],
  ] as const) {
    const { outcome } = await sentTo(t, splunk, () => ({ status, text }))
    assert.deepEqual([outcome.result, outcome.throttled], ['failed', throttled])
    assert.match(outcome.error ?? '', /\(code \d+\)/)
  }
})

test('Elastic: _bulk gets two lines and its refusals inside a 200 are seen; a repeat is taken', async (t) => {
  const bulk = { format: 'elastic_ecs', path: '/alerts/_bulk', more: { token } } as const
  const item = (status: number, more = {}) =>
    JSON.stringify({ errors: status >= 300, took: 3, items: [{ create: { status, ...more } }] })
  const took = await sentTo(t, bulk, () => ({ status: 200, text: item(201) }))
  assert.equal(took.outcome.result, 'delivered')
  const [request] = took.requests
  assert.deepEqual(
    [request?.headers['content-type'], request?.headers.authorization],
    ['application/x-ndjson', `ApiKey ${token}`],
  )
  const lines = request?.body.split('\n') ?? []
  assert.equal(lines.length, 3)
  assert.match(JSON.parse(lines[0] ?? '').create._id, /^msg_/)
  assert.equal(JSON.parse(lines[1] ?? '').event.kind, 'alert')
  const error = { error: { type: 'document_parsing_exception', reason: 'failed to parse field' } }
  const refused = await sentTo(t, bulk, () => ({ status: 200, text: item(400, error) }))
  assert.match(
    refused.outcome.error ?? '',
    /answered 200: the document was refused: failed to parse field, which means/,
  )
  assert.equal((await sentTo(t, bulk, () => ({ status: 200, text: item(409) }))).outcome.result, 'delivered')
  const one = { format: 'elastic_ecs', path: '/alerts/_doc' } as const
  const single = await sentTo(t, one, () => ({ status: 201, text: '{"result":"created"}' }))
  assert.equal(single.outcome.result, 'delivered')
  assert.equal(single.requests[0]?.headers['content-type'], 'application/json')
  const denied = JSON.stringify({ error: { type: 'security_exception', reason: 'no API key' }, status: 401 })
  const { outcome } = await sentTo(t, one, () => ({ status: 401, text: denied }))
  assert.equal(outcome.error, 'answered 401: security_exception: no API key')
})

test('OCSF: signed as our own, with a bearer token where the policy has one', async (t) => {
  const { outcome, requests } = await sentTo(t, { format: 'ocsf', path: '/', more: { token } }, () => ({ status: 204 }))
  assert.equal(outcome.result, 'delivered')
  assert.equal(requests[0]?.headers.authorization, `Bearer ${token}`)
  assert.match(String(requests[0]?.headers['webhook-signature']), /^v1,/)
})

test('promise 15: whatever a product answers, nothing of its address or token is said', async (t) => {
  const given = { format: 'splunk_hec', path: '/services/collector/event?token=PLANTEDquery', more: { token } } as const
  const echo = ({ path, headers }: ProductRequest) => `${path} ${headers.authorization} ${encodeURI(path)}`
  for (const answer of [
    (request: ProductRequest) => ({ status: 400, text: echo(request) }),
    (request: ProductRequest) => ({ status: 200, text: JSON.stringify({ text: echo(request), code: 4 }) }),
    (request: ProductRequest) => ({ status: 200, text: `${'x'.repeat(140)}${echo(request)}` }),
    (request: ProductRequest) => ({ status: 400, text: `${'x'.repeat(4_080)}${echo(request)}` }),
  ]) {
    const { outcome } = await sentTo(t, given, answer)
    assert.doesNotMatch(JSON.stringify(outcome), /PLANTED/)
  }
})

test('a token in a file is read at each attempt; what is none is refused without being said', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-token-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'hec')
  const given = { format: 'splunk_hec', path: '/services/collector', more: { token_file: file } } as const
  const take = () => ({ status: 200, text: '{"text":"Success","code":0}' })
  const missing = await sentTo(t, given, take)
  assert.match(missing.outcome.error ?? '', /token_file .*hec cannot be read \(ENOENT\)/)
  for (const wrong of ['', 'PLANTED one\nx-more: PLANTED', 'PLANTED two', 'PLANTED\u{e9}', 'P'.repeat(5_000)]) {
    await writeFile(file, wrong)
    const { outcome, requests } = await sentTo(t, given, take)
    assert.deepEqual([outcome.result, requests.length], ['failed', 0])
    assert.doesNotMatch(outcome.error ?? '', /PLANTED|PPPP/)
  }
  await writeFile(file, `${token}\n`)
  const { requests } = await sentTo(t, given, take)
  assert.equal(requests[0]?.headers.authorization, `Splunk ${token}`)
})

test('an answer of any length, or that never ends, is read to a bound', async (t) => {
  const slack = { format: 'slack', path: '/x', more: { timeout_seconds: 1 } } as const
  const { outcome } = await sentTo(t, slack, () => ({ status: 400, text: 'y'.repeat(5_000_000) }))
  assert.equal(outcome.status, 400)
  assert.ok((outcome.error ?? '').length < 250)
  const hanging = await sentTo(t, slack, () => ({ status: 200, text: 'o', endless: true }))
  assert.equal(hanging.outcome.result, 'failed')
  assert.match(hanging.outcome.error ?? '', /timeout: no answer within 1 s|aborted/)
})
