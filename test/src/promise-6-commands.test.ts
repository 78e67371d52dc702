import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startReferenceBroker } from '@straylight/demo/broker/reference-broker'
import { verifyCommand } from '@straylight/respond/command/verify-command'
import type { NewRecord } from '@straylight/runtime/log/log'
import { Registry } from '@straylight/schemas/agent'
import { Policy } from '@straylight/schemas/policy'
import { topics } from '@straylight/schemas/topics'
import {
  type EmbeddedRun,
  type EmbeddedRunOptions,
  openEmbeddedRun,
  recordsOfTopic,
  revokingPolicy,
} from '../test-support/embedded-run.ts'
import { historyOf } from '../test-support/office-work.ts'
import { startProgram } from '../test-support/program.ts'
import { replayed } from '../test-support/replayed.ts'
import { officeHistory, strayMail } from '../test-support/stray-mail.ts'

// Promise 6: a command is never sent twice with effect, never after its expiry, never beyond the breakers; a replay sends nothing.

const start = Date.parse('2026-03-12T08:00:00Z')
const registry = Registry.parse({
  version: 1,
  agents: Array.from({ length: 8 }, (_, at) => ({ agent: `bot-${at}`, owner: 'soc@acme.example' })),
})

const history = officeHistory(
  registry.agents.map(({ agent }) => agent),
  start,
)

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-commands-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** Agents that stray, one after the other: a command each. */
const strays = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) =>
    strayMail({ id: `stray-${from + at}`, agent: `bot-${from + at}`, time: start + at * 2_000 }),
  )

/** A deployment that knows what is usual. */
async function learntRun(options: EmbeddedRunOptions): Promise<EmbeddedRun> {
  const run = await openEmbeddedRun({ registry, ...options })
  await run.baseline().importHistory(historyOf(history))
  await run.drain()
  return run
}

const commandsOf = async ({ log, keys }: EmbeddedRun, now: number) =>
  Promise.all(
    (await recordsOfTopic(log, topics.revocations.name)).map((token) =>
      verifyCommand(token, keys.commands.publicKey, now),
    ),
  )

test('a replay answers as a live run would, and sends nothing', async () => {
  let requests = 0
  const receiver = createServer((_, response) => {
    requests += 1
    response.end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  assert.ok(typeof address === 'object' && address !== null)
  try {
    const url = `http://127.0.0.1:${address.port}/alerts`
    const policy = Policy.parse({ ...revokingPolicy, webhooks: [{ name: 'soc', url, allow_private: true }] })
    const [file, past] = [join(folder, 'strays.ndjson'), join(folder, 'history.ndjson')]
    await writeFile(file, linesOf(strays(5)))
    await writeFile(past, linesOf(history))
    const { counts } = await replayed({ files: [file], history: [past], registry, policy })
    assert.deepEqual([counts.events, counts.alerts, counts.commands], [5, 5, 5])
    assert.equal(requests, 0)
    await assertRefusesCluster(file)
  } finally {
    await new Promise((resolve) => receiver.close(resolve))
  }
})

const linesOf = (records: readonly NewRecord[]): string => records.map(({ value }) => String(value)).join('\n')

/** Settings of a cluster are a misunderstanding, and no broker outside ever hears of a replay. */
async function assertRefusesCluster(file: string): Promise<void> {
  for (const settings of [{ KAFKA_BROKERS: '127.0.0.1:1' }, { CLICKHOUSE_URL: 'http://127.0.0.1:1' }]) {
    const program = startProgram(['replay', file], { STRAYLIGHT_DATA: join(folder, 'none'), ...settings })
    await assert.rejects(program.url, /ended with 2.*KAFKA_BROKERS/s)
  }
}

test('killed between sending and remembering, at every turn: the broker does each command once', async () => {
  let now = start + 30_000
  const run = await learntRun({ policy: revokingPolicy, now: () => now })
  const broker = await startReferenceBroker({ log: run.log, public_key: run.keys.commands.publicKey.x, now: () => now })
  try {
    await run.log.append(strays(6))
    await run.drain(['ingest', 'score'])
    // Redelivered by score as well: the same findings once more.
    await run.restart('score')
    for (let deaths = 0; deaths < 4; deaths++) {
      run.crash.afterAppend = (stage) => {
        if (stage === 'respond') throw new Error('killed')
      }
      await run.step('respond').catch(() => undefined)
      run.crash.afterAppend = () => undefined
      await run.restart('respond')
      now += 1_000
    }
    await run.drain()
    const checks = await commandsOf(run, now)
    const bodies = new Map<string, string>()
    for (const check of checks) {
      assert.ok(check.valid)
      const body = JSON.stringify(check.command)
      assert.equal(bodies.get(check.command.id) ?? body, body, 'one id never has two bodies')
      bodies.set(check.command.id, body)
    }
    assert.equal(bodies.size, 6)
    while (broker.answers.length < checks.length) await new Promise((resolve) => setTimeout(resolve, 10))
    const applied = broker.answers.filter(({ result }) => result.status_code === 'applied')
    assert.equal(new Set(applied.map(({ result }) => result.command_uid)).size, applied.length)
    assert.equal(broker.answers.filter(({ result }) => result.status_code === 'bad_signature').length, 0)
  } finally {
    await broker.close()
    await run.close()
  }
})

test('past its expiry a command is an alert', async () => {
  let now = start + 30_000
  const run = await learntRun({ policy: revokingPolicy, now: () => now })
  try {
    await run.log.append(strays(3))
    await run.drain(['ingest', 'score'])
    now = start + 4_000 + 60_001 + 2_000
    await run.drain()
    assert.deepEqual(await commandsOf(run, now), [])
    const alerts = [...run.respond().alerts()]
    assert.equal(alerts.length, 3)
    for (const { response_limited_by } of alerts)
      assert.match(response_limited_by ?? '', /would have expired at 2026-03-12/)
  } finally {
    await run.close()
  }
})

test('beyond a breaker, evidence is an alert that says so', async () => {
  const policy = { ...revokingPolicy, breakers: { ...revokingPolicy.breakers, commands_per_minute: 2 } }
  const run = await learntRun({ policy, now: () => start + 30_000 })
  try {
    await run.log.append(strays(6))
    await run.drain()
    assert.equal((await commandsOf(run, start + 30_000)).length, 2)
    const limited = [...run.respond().alerts()].filter(({ response_limited_by }) => response_limited_by !== undefined)
    assert.equal(limited.length, 4)
    // After a restart the breakers know what went out: nothing more does.
    await run.restart('respond')
    await run.log.append(strays(2, 6))
    await run.drain()
    assert.equal((await commandsOf(run, start + 30_000)).length, 2)
  } finally {
    await run.close()
  }
})

test('who names the credential of an agent in shadow is stopped by a person, and that agent keeps its credential', async () => {
  const vault = { agent: 'bot-7', owner: 'soc@acme.example', tier: 'critical', credentials: { ids: ['jti:vault'] } }
  const agents = [...registry.agents.filter(({ agent }) => agent !== 'bot-7'), vault]
  const critical = { ...revokingPolicy.tiers.critical, shadow: true }
  const policy = { ...revokingPolicy, tiers: { ...revokingPolicy.tiers, critical } }
  const run = await learntRun({
    ...{ policy, registry: Registry.parse({ version: 1, agents }), now: () => start + 30_000 },
  })
  try {
    const [stray] = strays(1)
    assert.ok(stray)
    const named = { ...JSON.parse(String(stray.value)), credential: { id: 'jti:vault' } }
    await run.log.append([{ ...stray, value: JSON.stringify(named) }])
    await run.drain()
    assert.equal((await commandsOf(run, start + 30_000)).length, 0)
    const [alert] = [...run.respond().alerts()].filter(({ agent }) => agent === 'bot-0')
    assert.deepEqual([alert?.state, alert?.command_state], ['awaiting_approval', 'held'])
    assert.deepEqual([alert?.command?.action, alert?.command?.subject.agent_id], ['suspend_agent', 'bot-0'])
    assert.equal(alert?.command?.subject.credential_id, undefined)
  } finally {
    await run.close()
  }
})
