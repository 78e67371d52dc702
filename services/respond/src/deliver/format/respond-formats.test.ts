import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { Policy, type WebhookFormat } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { deliveriesOf, deliveryHouse, until } from '../../../test-support/delivery-house.ts'
import { startMs } from '../../../test-support/finding-of.ts'
import { productReceiver } from '../../../test-support/product-receiver.ts'

const isBlocks = (body: string): boolean => 'blocks' in JSON.parse(body)

test('what Slack refused for its form comes through once the policy says format: slack', async (t) => {
  const slack = await productReceiver(t, ({ body }) =>
    isBlocks(body) ? { status: 200, text: 'ok' } : { status: 400, text: 'no_text' },
  )
  const house = await deliveryHouse(t, { webhooks: { soc: { url: slack.url } } })
  const before = await house.start()
  await house.say(1)
  await until(before, () =>
    deliveriesOf(before).some(({ attempts, last_status }) => attempts === 1 && last_status === 400),
  )
  await before.runner.close()
  house.state.now += 10_000
  const webhooks = house.policy.webhooks.map((webhook) => ({ ...webhook, format: 'slack' as const }))
  const after = await house.start({ webhooks })
  await until(after, () => deliveriesOf(after).some(({ state }) => state === 'delivered'))
  assert.ok(isBlocks(slack.requests.at(-1)?.body ?? ''))
  await after.runner.close()
})

test('promise 15: a routing key stands in no topic and no log line, and the incident is resolved when the alert closes', async (t) => {
  const events: { routing_key: string; event_action: string; dedup_key: string }[] = []
  const pagerduty = await productReceiver(t, ({ body }) => {
    events.push(JSON.parse(body))
    return { status: 202, text: '{"status":"success"}' }
  })
  const token = 'PLANTEDroutingkey0123456789abcde'
  const house = await deliveryHouse(t, { webhooks: { soc: { url: pagerduty.url, format: 'pagerduty', token } } })
  const running = await house.start()
  await house.say(1)
  await until(running, () => events.length === 1)
  house.state.now += 2 * dayMs
  await until(running, () => events.length === 2)
  assert.deepEqual(
    events.map(({ routing_key, event_action }) => [routing_key, event_action]),
    [
      [token, 'trigger'],
      [token, 'resolve'],
    ],
  )
  assert.equal(events[0]?.dedup_key, events[1]?.dedup_key)
  await running.runner.close()
  const seen = [JSON.stringify(house.lines), await house.metrics.registry.metrics()]
  for (const { name } of Object.values(topics)) {
    const place = { topic: name, partition: 0 }
    const [from, to] = [await house.log.startOffset(place), await house.log.endOffset(place)]
    if (to === from) continue
    for await (const { value } of house.log.read(place, from, to)) seen.push(value.toString())
  }
  assert.ok(seen.length >= 4)
  for (const text of seen) assert.doesNotMatch(text, /PLANTED/)
})

test('a trigger that comes after the alert has closed resolves, so that nothing stays open', async (t) => {
  const events: string[] = []
  const answer = { status: 503 }
  const pagerduty = await productReceiver(t, ({ body }) => {
    events.push(JSON.parse(body).event_action)
    return { status: answer.status }
  })
  const webhook = { url: pagerduty.url, format: 'pagerduty', token: 'x'.repeat(32) }
  const house = await deliveryHouse(t, { webhooks: { soc: webhook } })
  const running = await house.start()
  await house.say(1)
  await until(running, () => deliveriesOf(running).some(({ attempts }) => attempts === 1))
  answer.status = 202
  house.state.now += 2 * dayMs
  await until(running, () => deliveriesOf(running).every(({ state }) => state === 'delivered'))
  assert.equal(events[0], 'trigger')
  assert.deepEqual(new Set(events.slice(1)), new Set(['resolve']))
  await running.runner.close()
})

test('each webhook hears only of the alerts that its lists name', async (t) => {
  const heard: string[] = []
  const receiver = await productReceiver(t, ({ path }) => {
    heard.push(path)
    return { status: 200, text: 'ok' }
  })
  const routes: Record<string, object> = {
    all: {},
    ours: {
      tenants: ['acme'],
      owners: ['*@acme.example'],
      tiers: ['low'],
      severities: ['high'],
      causes: ['new_destination'],
    },
    ...{ tenant: { tenants: ['other'] }, owner: { owners: ['*@other.example'] }, exact: { owners: ['acme.example'] } },
    ...{ tier: { tiers: ['high', 'critical'] }, severity: { severities: ['critical'] }, cause: { causes: ['rate'] } },
  }
  const format: WebhookFormat = 'slack'
  const webhooks = Object.fromEntries(
    Object.entries(routes).map(([name, more]) => [name, { url: `${receiver.url}/${name}`, format, ...more }]),
  )
  const house = await deliveryHouse(t, { webhooks })
  const running = await house.start()
  await house.say(1)
  await until(running, () => heard.length >= 2 && deliveriesOf(running).every(({ state }) => state === 'delivered'))
  assert.deepEqual(heard.sort(), ['/all', '/ours'])
  assert.equal(house.state.now, startMs)
  await running.runner.close()
  assert.ok(!Policy.safeParse({ webhooks: [{ name: 'x', url: 'https://x.example', tenants: [] }] }).success)
})
