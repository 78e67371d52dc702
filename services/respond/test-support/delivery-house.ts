import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import { Webhook } from 'standardwebhooks'
import { openKeys } from '../src/command/signing-keys.ts'
import { createRespond } from '../src/create-respond.ts'
import { createWebhookDelivery } from '../src/deliver/webhook-delivery.ts'
import { respondMetrics } from '../src/respond-metrics.ts'
import { sampleFindingOf, startMs } from './finding-of.ts'

/** A message as a receiver got it, its signature checked. */
export interface Received {
  readonly id: string
  readonly type: string
  readonly text: string
  readonly data: {
    agent: string
    cause: string
    target: string
    severity: string
    state: string
    summary: string
    answer_with: string[]
    findings: { finding_id: string }[]
  }
}

/** How a receiver answers; it may also never do. */
export type ReceiverAnswer = (response: ServerResponse, received: Received) => void

export const answers = (status: number, headers: Record<string, string> = {}): ReceiverAnswer => {
  return (response) => void response.writeHead(status, headers).end()
}
export const silence: ReceiverAnswer = () => {}

export interface Receiver {
  readonly url: string
  readonly received: Received[]
  answer: ReceiverAnswer
}

export interface HouseOptions {
  /** Names of webhooks, each with a receiver of its own, and what else the policy says of it. */
  readonly webhooks?: Readonly<Record<string, object>>
  readonly policy?: object
  /** Path and query behind each receiver's address. */
  readonly path?: string
}

/** respond on the real embedded log, with receivers on this machine and a clock that the test moves. */
export async function deliveryHouse(t: TestContext, given: HouseOptions = {}) {
  const { webhooks = { soc: {} }, path = '/hook' } = given
  const directory = await mkdtemp(join(tmpdir(), 'straylight-respond-'))
  const keys = await openKeys(join(directory, 'keys'))
  const receivers = new Map<string, Receiver>()
  const servers: Server[] = []
  for (const name of Object.keys(webhooks)) {
    const { server, receiver } = await startReceiver(await keys.webhookSecret(name), path)
    servers.push(server)
    receivers.set(name, receiver)
  }
  const log = await openEmbeddedLog({ directory: join(directory, 'log'), durable: false })
  await log.ensureTopics(Object.values(topics), 1)
  t.after(async () => {
    await log.close()
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    await rm(directory, { recursive: true, force: true })
  })
  const policy = Policy.parse({
    webhooks: Object.entries(webhooks).map(([name, more]) => ({
      ...{ name, url: receivers.get(name)?.url, allow_private: true },
      ...more,
    })),
    ...given.policy,
  })
  const state = { now: startMs }
  const now = () => state.now
  const lines: unknown[] = []
  const logger = {
    info: (...said: unknown[]) => void lines.push(said),
    warn: (...said: unknown[]) => void lines.push(said),
  }
  const { registry } = createMetrics({ processMetrics: false })
  const metrics = { registry, ...respondMetrics({ registry }) }
  const start = async (more: Partial<Policy> = {}) => {
    const deliver = createWebhookDelivery({ secretOf: keys.webhookSecret, now })
    const fixed = { log, keys, issuer: '/straylight/test', now, deliver, health: () => null, logger, metrics }
    const respond = createRespond({ ...fixed, policy: { ...policy, ...more } })
    return { respond, runner: await openStageRunner(respond, log, { now }) }
  }
  const say = (offset: number, more: Parameters<typeof sampleFindingOf>[1] = {}) => {
    const value = JSON.stringify(sampleFindingOf(offset, { log_time: state.now, ...more }))
    return log.append([{ topic: topics.findings.name, key: 'k', value, timestamp: state.now }])
  }
  const receiver = (name = 'soc'): Receiver => {
    const one = receivers.get(name)
    assert.ok(one)
    return one
  }
  return { directory, state, log, lines, metrics, policy, keys, start, say, receiver }
}

async function startReceiver(secret: string, path: string): Promise<{ server: Server; receiver: Receiver }> {
  const received: Received[] = []
  const receiver = { received, answer: answers(204), url: '' }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      assert.ok(Buffer.byteLength(text) < 20_000)
      const id = String(request.headers['webhook-id'])
      const at = new Date(Number(request.headers['webhook-timestamp']) * 1000)
      assert.equal(request.headers['webhook-signature'], new Webhook(secret).sign(id, at, text))
      const message: Received = { id, text, ...JSON.parse(text) }
      received.push(message)
      receiver.answer(response, message)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  return { server, receiver }
}

export type House = Awaited<ReturnType<Awaited<ReturnType<typeof deliveryHouse>>['start']>>

/** Steps until what is asked for holds; every step waits for the network a little. */
export async function until(running: House, holds: () => boolean): Promise<void> {
  for (let step = 0; step < 800 && !holds(); step++) {
    await running.runner.step()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  assert.ok(holds(), 'it never came to that')
}

/** As many steps as let whatever is due go out and come back. */
export async function settle(running: House, steps = 25): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await running.runner.step()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export const deliveriesOf = ({ respond }: House) => [...respond.alerts()].flatMap((alert) => alert.deliveries)
