import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openEmbeddedLog } from '@straylight/runtime/embedded-log'
import { openStageRunner } from '@straylight/runtime/run-stage'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { Webhook } from 'standardwebhooks'
import { findingOf, startMs } from '../kit/finding-of.ts'
import { createRespond } from './create-respond.ts'
import { openKeys } from './signing-keys.ts'
import { createWebhookDelivery } from './webhook-delivery.ts'

interface Received {
  readonly id: string
  readonly type: string
  readonly data: { severity: string; state: string; answer_with: string[] }
}

/** respond on the real embedded log, with a receiver on this machine and a clock that the test moves. */
async function house(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-respond-'))
  const keys = await openKeys(join(directory, 'keys'))
  const secret = await keys.webhookSecret('soc')
  const received: Received[] = []
  const state = { status: 204, now: startMs }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      assert.ok(Buffer.byteLength(text) < 20_000)
      const signature = new Webhook(secret).sign(
        String(request.headers['webhook-id']),
        new Date(Number(request.headers['webhook-timestamp']) * 1000),
        text,
      )
      assert.equal(request.headers['webhook-signature'], signature)
      received.push({ id: String(request.headers['webhook-id']), ...JSON.parse(text) })
      response.writeHead(state.status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const log = await openEmbeddedLog({ directory: join(directory, 'log'), durable: false })
  await log.ensureTopics(Object.values(topics), 1)
  t.after(async () => {
    await log.close()
    server.closeAllConnections()
    server.close()
    await rm(directory, { recursive: true, force: true })
  })
  const policy = Policy.parse({
    webhooks: [{ name: 'soc', url, allow_private: true, severity_min: 'medium' }],
    tiers: { high: { high: 'approve' } },
  })
  const now = () => state.now
  const start = async () => {
    const deliver = createWebhookDelivery({ secretOf: keys.webhookSecret, now })
    const issuer = '/straylight/test'
    const respond = createRespond({ log, policy, keys, issuer, now, deliver, health: () => null })
    const runner = await openStageRunner(respond, log, { now })
    return { respond, runner }
  }
  const say = (offset: number, given = {}) =>
    log.append([{ topic: topics.findings.name, key: 'k', value: JSON.stringify(findingOf(offset, given)) }])
  return { state, received, start, say }
}

type House = Awaited<ReturnType<Awaited<ReturnType<typeof house>>['start']>>

/** Steps until what is asked for holds; every step waits for the network a little. */
async function until(running: House, holds: () => boolean): Promise<void> {
  for (let step = 0; step < 500 && !holds(); step++) {
    await running.runner.step()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.ok(holds(), 'it never came to that')
}

const deliveriesOf = ({ respond }: House) => [...respond.alerts()].flatMap((alert) => alert.deliveries)

test('an alert is delivered once, again when its severity rises, and not for more of the same', async (t) => {
  const { received, start, say } = await house(t)
  const running = await start()
  await say(1, { severity: 'low', target: 'below the webhook’s minimum' })
  await say(2, { severity: 'medium' })
  await until(running, () => deliveriesOf(running).some(({ state }) => state === 'delivered'))
  await say(3, { severity: 'medium' })
  await say(4, { severity: 'high', tier: 'high' })
  await until(running, () => deliveriesOf(running).filter(({ state }) => state === 'delivered').length === 3)
  await running.runner.close()
  assert.deepEqual(
    received.map(({ type, data }) => [type, data.severity, data.state]),
    [
      ['agent.alert.created', 'medium', 'open'],
      ['agent.alert.updated', 'high', 'awaiting_approval'],
      ['agent.approval.requested', 'high', 'awaiting_approval'],
    ],
  )
  assert.match(received[2]?.data.answer_with[0] ?? '', /^straylight verdict alr_[0-9a-f]{20} approve --reason/)
})

test('the schedule of retries survives a restart, under the same id', async (t) => {
  const { state, received, start, say } = await house(t)
  state.status = 500
  const first = await start()
  await say(1)
  await until(first, () => deliveriesOf(first)[0]?.attempts === 1)
  await first.runner.close()

  const second = await start()
  await second.runner.step()
  await second.runner.step()
  assert.equal(received.length, 1, 'not before its time')
  state.now += 6_000
  await until(second, () => deliveriesOf(second)[0]?.attempts === 2)
  state.status = 204
  state.now += 360_000
  await until(second, () => deliveriesOf(second)[0]?.state === 'delivered')
  await second.runner.close()
  assert.equal(new Set(received.map(({ id }) => id)).size, 1)
  assert.equal(received.length, 3)
})

test('410 disables the webhook, for later alerts and after a restart', async (t) => {
  const { state, received, start, say } = await house(t)
  state.status = 410
  const first = await start()
  await say(1)
  await until(first, () => deliveriesOf(first)[0]?.state === 'disabled')
  await first.runner.close()

  state.status = 204
  const second = await start()
  await say(2, { target: 'another' })
  await until(second, () => [...second.respond.alerts()].length === 2)
  for (let step = 0; step < 5; step++) await second.runner.step()
  await second.runner.close()
  assert.equal(received.length, 1)
})
