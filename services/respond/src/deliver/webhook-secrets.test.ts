import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { answers, deliveriesOf, deliveryHouse, until } from '../../test-support/delivery-house.ts'
import { diffPolicy } from '../decide/policy-diff.ts'
import { BadPolicy, policyOfText, readPolicy } from '../decide/read-policy.ts'
import { shownUrl, withoutPartsOf } from './shown-url.ts'
import { createWebhookDelivery } from './webhook-delivery.ts'
import { shownWebhook } from './webhook-url.ts'

// The address of a webhook is often the secret that lets anybody post there (promise 15). Each part holds a word that is
// looked for in everything that a run produces.

const planted = /PLANTED|%50LANTED/i
const path = '/services/PLANTED1/PLANTED-2?token=PLANTED3&x=%50LANTED4'
const whole = `https://PLANTED5:PLANTED6@soc.acme.example${path}#PLANTED7`

test('promise 15: no log line, topic, header or metric of a run holds any of a webhook’s address but its origin', async (t) => {
  const names = ['fails', 'gone', 'hangup', 'away', 'busy']
  const webhooks = {
    ...Object.fromEntries(names.map((name) => [name, {}])),
    refused: { url: `http://PLANTED5:PLANTED6@127.0.0.1:9${path}`, allow_private: true },
    unnamed: { url: `https://name.invalid${path}`, timeout_seconds: 2 },
    inside: { url: `https://127.0.0.1${path}`, allow_private: false },
  }
  const { directory, log, lines, metrics, receiver, start, say } = await deliveryHouse(t, { webhooks, path })
  receiver('fails').answer = answers(500)
  receiver('gone').answer = answers(410)
  receiver('hangup').answer = (response) => response.socket?.destroy()
  receiver('away').answer = answers(302, { location: whole })
  receiver('busy').answer = answers(429, { 'retry-after': 'PLANTED' })
  const file = join(directory, 'PLANTED-file')
  await writeFile(file, `${whole}\n`)
  const running = await start()
  await say(1)
  await until(running, () => deliveriesOf(running).filter(({ attempts }) => attempts > 0).length === 8)
  await running.runner.close()
  const seen: string[] = [JSON.stringify(lines), await metrics.registry.metrics()]
  for (const { name } of Object.values(topics)) {
    const place = { topic: name, partition: 0 }
    const [from, to] = [await log.startOffset(place), await log.endOffset(place)]
    if (to === from) continue
    for await (const { key, value, headers } of log.read(place, from, to))
      seen.push(`${key} ${value.toString()} ${JSON.stringify(headers)}`)
  }
  assert.ok(seen.length >= 4)
  for (const text of seen) assert.doesNotMatch(text, planted)
  const errors = deliveriesOf(running).map(({ webhook, last_error }) => `${webhook}: ${last_error}`)
  assert.ok(
    errors.some((error) => /^refused: could not reach http:\/\/127\.0\.0\.1:9\/… \(#[0-9a-f]{8}\): /.test(error)),
  )
})

test('what people are shown of an address: its origin, and by what two are distinguished', () => {
  assert.match(shownUrl(whole), /^https:\/\/soc\.acme\.example\/… \(#[0-9a-f]{8}\)$/)
  assert.notEqual(shownUrl(whole), shownUrl(`${whole}x`))
  assert.equal(shownUrl('https://soc.acme.example'), 'https://soc.acme.example')
  for (const odd of ['PLANTED', 'PLANTED:PLANTED/x', 'data:PLANTED', ''])
    assert.match(shownUrl(odd), /^\[no web address\] \(#[0-9a-f]{8}\)$/)
  const url = new URL(whole)
  for (const said of [whole, `at ${url.pathname}`, 'PLANTED6', 'bad token PLANTED3', 'for PLANTED-2 and PLANTED4'])
    assert.doesNotMatch(withoutPartsOf(said, url), planted)
})

test('promise 15: what is wrong with a policy is said without an address in it, whatever is wrong', () => {
  const bad = [
    `webhooks:\n  - name: soc\n    url: ${whole}\n    nope: 1`,
    `webhooks:\n  - name: soc\n    ${whole}: 1`,
    `webhooks:\n  - name: ${whole}\n    url: ${whole}`,
    `webhooks:\n  - name: soc\n    url: "${whole}`,
    `webhooks:\n  - name: soc\n    url: ${whole}\n   url: [}${whole}`,
    `webhooks:\n  - name: soc\n    url: @PLANTED ${whole}\n`,
    `webhooks:\n  - name: soc\n    url: soc.acme.example/PLANTED\n`,
    `webhooks:\n  - name: soc\n    url: http://soc.acme.example/PLANTED\n`,
    `webhooks:\n  - name: soc\n    url: PLANTED://x/y\n`,
    `webhooks:\n  - name: soc\n    url: ${whole}\n    url_file: /run/x\n`,
    `webhooks:\n  - name: soc\n`,
    `webhooks: ${whole}`,
    `${whole}: x`,
    `tiers: ${whole}`,
    `tiers: *${whole}`,
    `tiers: |${whole}`,
    `!${whole} x`,
    `id: x\nid: ${whole}`,
    `webhooks:\n  - name: soc\n    url: !PLANTED ${whole}\n    severity_min: ${whole}`,
    `webhooks:\n  - name: soc\n    url: &PLANTED ${whole}\n    url_file: *PLANTEDx`,
  ]
  for (const text of bad) {
    assert.throws(
      () => policyOfText(text, 'policy.yaml'),
      (error) => error instanceof BadPolicy && !planted.test(error.message) && /^policy\.yaml:/.test(error.message),
      text,
    )
  }
})

test('promise 15: a difference shows that an address changed, and neither address', () => {
  const one = policyOfText(`webhooks:\n  - name: soc\n    url: ${whole}`, 'a')
  const other = policyOfText(`webhooks:\n  - name: soc\n    url: ${whole}8\n  - name: new\n    url: ${whole}`, 'b')
  const filed = policyOfText('webhooks:\n  - name: soc\n    url_file: /run/secrets/soc', 'c')
  const lines = [...diffPolicy(one, other), ...diffPolicy(other, filed), ...diffPolicy(filed, one)]
  assert.equal(lines.filter((line) => line.startsWith('Webhook soc changes: ')).length, 3)
  for (const line of lines) assert.doesNotMatch(line, planted)
  assert.ok(lines.some((line) => line.includes('url none instead of https://soc.acme.example/… (#')))
})

test('an address in a file: read at each attempt, beside the policy, and named without its content when it is wrong', async (t) => {
  const { directory, receiver, policy, keys } = await deliveryHouse(t)
  const [soc] = policy.webhooks
  assert.ok(soc?.url)
  const text = 'webhooks:\n  - name: soc\n    url_file: secrets/../soc-url\n    allow_private: true\n'
  await writeFile(join(directory, 'policy.yaml'), text)
  const [webhook] = (await readPolicy(join(directory, 'policy.yaml'))).webhooks
  assert.ok(webhook)
  assert.equal(webhook.url_file, join(directory, 'soc-url'))
  const deliver = createWebhookDelivery({ secretOf: keys.webhookSecret, now: Date.now })
  const delivery = {
    ...({ webhook: 'soc', message_id: 'msg_1', event: 'agent.alert.created', body: '{}' } as const),
    ...({ attempts: 0, state: 'due', next_attempt_at: 0 } as const),
  }
  const attempt = () => deliver({ delivery, webhook, signal: new AbortController().signal })
  const missing = await attempt()
  assert.match(missing.error ?? '', /could not reach webhook soc: .*url_file .*soc-url cannot be read \(ENOENT\)/)
  for (const wrong of ['PLANTED', 'PLANTED://x', 'ftp://PLANTED/x', '', 'x'.repeat(9_000)]) {
    await writeFile(webhook.url_file ?? '', wrong)
    const outcome = await attempt()
    assert.equal(outcome.result, 'failed')
    assert.doesNotMatch(outcome.error ?? '', planted)
    assert.doesNotMatch(JSON.stringify(await shownWebhook(webhook)), planted)
  }
  const { received } = receiver()
  await writeFile(webhook.url_file ?? '', `${new URL('/other', soc.url).href}\n`)
  assert.equal((await attempt()).result, 'delivered')
  assert.equal(received.length, 1)
  assert.ok(Policy.safeParse({ webhooks: [webhook] }).success)
})
