import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { Alert } from '@straylight/schemas/alert'
import { hourMs } from '@straylight/schemas/duration'
import { Finding } from '@straylight/schemas/finding'
import { Rejection } from '@straylight/schemas/rejection'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { startClickhouseFront } from '../test-support/clickhouse-front.ts'
import { behind, type CheckedStage, isThrough } from '../test-support/cluster-checks.ts'
import { recordsOfTopic } from '../test-support/embedded-run.ts'
import { auditRecords, fleetRecords } from '../test-support/fleet-records.ts'
import { startKafka } from '../test-support/kafka-broker.ts'
import { patienceMs } from '../test-support/patience.ts'
import { type Program, startProgram, until } from '../test-support/program.ts'
import { scoreAgain } from '../test-support/score-again.ts'

// Promise 1 and 2 for a cluster: each stage a process of its own, two of each but respond, over a real Kafka and one
// ClickHouse engine behind HTTP; one process of each stage is killed in the middle of its work, and the store goes away once.

const kafka = await startKafka({ own: true })
after(async () => {
  if (!('absent' in kafka)) await kafka.stop()
})

const policy = {
  id: 'cluster',
  budget: { session_alert_rate: 0.01 },
  tiers: Object.fromEntries(
    ['low', 'medium', 'high', 'critical'].map((tier) => [
      tier,
      { low: 'alert', medium: 'revoke', high: 'revoke', critical: 'revoke' },
    ]),
  ),
  history_required: { events: 0, days: 0 },
  learning: { days: 0 },
  revocation: { expires_after_seconds: 3_600, reply_within_seconds: 3_600, broker_checks_holder: true },
  breakers: { commands_per_minute: 1_000, agents_revoked_share_per_hour: 1, agents_revoked_minimum: 1 },
}

const fleet = fleetRecords({ seed: 11, until: Date.now() - hourMs, historyDays: 1, workDays: 2 })

/** Lines that no format reads, some in every chunk of the log. */
const unreadable = [
  '{"time":',
  '"text"',
  '{"a":1}',
  '\u0000',
  '{"time":"yesterday","agent":"x","system":"s","action":"a"}',
]

/** What shippers send: a fleet's work, lines that can't be read, lines sent twice, and ids used for two contents. */
function shipped() {
  const readable = auditRecords(fleet.work)
  const bad = Array.from({ length: 40 }, (_, at): NewRecord => {
    return { topic: topics.audit.name, key: `bad-${at}`, value: `${unreadable[at % unreadable.length]}` }
  })
  const changed = fleet.work.filter((_, at) => at % 500 === 9).map((event) => ({ ...event, records: 12_345 }))
  const records: NewRecord[] = []
  for (const [at, record] of readable.entries()) {
    records.push(record)
    // Some seconds later, as after a lost answer.
    if (at % 50 === 40) records.push(...readable.slice(at - 5, at))
    if (at % 100 === 0) records.push(...bad.splice(0, 1))
  }
  return { records: [...records, ...bad, ...auditRecords(changed)], changed: changed.map(({ id }) => id) }
}

test('each stage a process of its own, each killed once: nothing lost, nothing twice', {
  timeout: 2 * patienceMs,
}, async (t) => {
  if ('absent' in kafka) return t.skip(kafka.absent)
  const folder = await mkdtemp(join(tmpdir(), 'straylight-cluster-'))
  let front = await startClickhouseFront({ directory: join(folder, 'clickhouse') })
  const log = await openKafkaLog({
    brokers: kafka.brokers,
    clientId: 'test',
    replicationFactor: 1,
    log: () => undefined,
  })
  const store = await openStore({ url: front.url, database: 'straylight' })
  const programs = new Map<string, Program>()
  try {
    await log.ensureTopics(Object.values(topics), 4)
    await writeFile(join(folder, 'policy.yaml'), JSON.stringify(policy))
    await writeFile(join(folder, 'agents.yaml'), JSON.stringify(fleet.registry))
    const start = (stage: CheckedStage, instance: number) => {
      const name = `${stage}-${instance}`
      programs.set(
        name,
        startProgram(['up', stage], {
          ...{ KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_REPLICATION_FACTOR: '1', CLICKHOUSE_URL: front.url },
          STRAYLIGHT_PROFILE_KEY: '00112233445566778899aabbccddeeff',
          STRAYLIGHT_DATA: join(folder, name),
          STRAYLIGHT_POLICY: join(folder, 'policy.yaml'),
          STRAYLIGHT_REGISTRY: join(folder, 'agents.yaml'),
          STRAYLIGHT_CHECKPOINT_EVENTS: '400',
        }),
      )
    }
    for (const stage of ['ingest', 'baseline', 'score'] as const) for (const instance of [1, 2]) start(stage, instance)
    start('respond', 1)
    await Promise.all([...programs.values()].map(({ url }) => url))

    const { records, changed } = shipped()
    const chunk = Math.ceil(records.length / 8)
    const victims = [undefined, 'ingest', 'baseline', 'score', 'respond'] as const
    for (let turn = 0; turn * chunk < records.length; turn++) {
      await log.append(records.slice(turn * chunk, (turn + 1) * chunk))
      const stage = victims[turn]
      if (stage !== undefined) {
        await until(`${stage} has work`, async () => (await behind(log, stage)) > 0)
        await programs.get(`${stage}-1`)?.kill()
        start(stage, 1)
      }
      if (turn === victims.length) {
        // The store goes away while baseline has to store, and comes back under the same address.
        await until('baseline has work', async () => (await behind(log, 'baseline')) > 0)
        await front.close()
      }
      if (turn === victims.length + 1) {
        await until('ingest goes on without a store', async () => (await behind(log, 'ingest')) === 0)
        const port = Number(new URL(front.url).port)
        front = await startClickhouseFront({ directory: join(folder, 'clickhouse'), port })
      }
    }
    await until('all is through', async () => isThrough(log))
    const codes = await Promise.all([...programs.values()].map((program) => program.stop()))
    for (const [at, [name, program]] of [...programs].entries())
      assert.equal(codes[at], 0, `${name}: ${program.said().slice(-3_000)}`)

    await assertEventsOnce(store, changed)
    await assertRejected(log)
    const findings = await assertFindings(log, front.url, folder)
    await assertAnswers(log, findings)
  } catch (error) {
    for (const [name, program] of programs) t.diagnostic(`${name}: ${program.said().slice(-1_500)}`)
    throw error
  } finally {
    await Promise.all([...programs.values()].map((program) => program.kill()))
    await store.close()
    await log.close()
    await front.close()
    await rm(folder, { recursive: true, force: true })
  }
})

async function assertEventsOnce(store: Store, changed: readonly string[]): Promise<void> {
  const rows = await store.query(
    {
      name: 'test: events',
      sql: 'SELECT event_id AS id, count() AS times FROM events FINAL GROUP BY event_id ORDER BY event_id',
      row: z.object({ id: z.string(), times: z.number() }),
    },
    {},
  )
  const expected = new Map(fleet.work.map(({ id }) => [id, 1]))
  // The same id with other content is another event.
  for (const id of changed) expected.set(id, 2)
  const stored = new Map(rows.map(({ id, times }) => [id, times]))
  const wrong = [...expected].filter(([id, times]) => stored.get(id) !== times)
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${expected.size} events are missing or there too often`)
  assert.equal(stored.size, expected.size)
}

async function assertRejected(log: Log): Promise<void> {
  const rejected = new Map<string, string>()
  for (const text of await recordsOfTopic(log, topics.rejected.name)) {
    const { partition, offset, index } = Rejection.parse(JSON.parse(text)).position
    const place = `${partition}/${offset}/${index}`
    assert.equal(rejected.get(place) ?? text, text, 'reported again, a rejection says the same')
    rejected.set(place, text)
  }
  assert.equal(rejected.size, 40)
  const heads = [...rejected.values()].map((text) => Rejection.parse(JSON.parse(text)).head_base64)
  assert.deepEqual(
    [...new Set(heads)].map((head) => Buffer.from(head, 'base64').toString()).sort(),
    [...unreadable].sort(),
  )
}

/** One body an id, and the very findings of one score that nobody disturbed. */
async function assertFindings(log: Log, url: string, folder: string): Promise<Map<string, Finding>> {
  const findings = new Map<string, string>()
  for (const text of await recordsOfTopic(log, topics.findings.name)) {
    const { id } = Finding.parse(JSON.parse(text))
    assert.equal(text, findings.get(id) ?? text, `finding ${id} has two bodies`)
    findings.set(id, text)
  }
  const empty = await openStore({ url, database: 'undisturbed' })
  try {
    const undisturbed = await scoreAgain({ log, store: empty, folder })
    assert.ok(findings.size > 0)
    assert.deepEqual([...findings.keys()].sort(), [...undisturbed.keys()].sort())
    for (const [id, text] of findings)
      assert.equal(JSON.stringify(Finding.parse(JSON.parse(text))), undisturbed.get(id))
  } finally {
    await empty.close()
  }
  return new Map([...findings].map(([id, text]) => [id, Finding.parse(JSON.parse(text))]))
}

/** Each finding within the budget counts once in one alert; each command has one body and one alert. */
async function assertAnswers(log: Log, findings: ReadonlyMap<string, Finding>): Promise<void> {
  const alerts = new Map<string, Alert>()
  const decided = new Set<string>()
  for (const text of await recordsOfTopic(log, topics.alerts.name)) {
    const alert = Alert.parse(JSON.parse(text))
    if (alert.command !== undefined && alert.command_state === 'sent') decided.add(alert.command.id)
    // Revisions that follow each other in one turn are written as the last of them.
    assert.ok(alert.revision > (alerts.get(alert.id)?.revision ?? 0), `${alert.id} repeats a revision`)
    alerts.set(alert.id, alert)
  }
  const counted = [...alerts.values()].reduce((sum, { finding_count }) => sum + finding_count, 0)
  const alerting = [...findings.values()].filter(({ p_value }) => p_value <= policy.budget.session_alert_rate)
  assert.equal(counted, alerting.length)
  const commands = new Map<string, RevocationCommand>()
  for (const token of await recordsOfTopic(log, topics.revocations.name)) {
    const command = RevocationCommand.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()))
    assert.deepEqual(commands.get(command.id) ?? command, command, `command ${command.id} has two bodies`)
    commands.set(command.id, command)
  }
  assert.ok(commands.size > 0)
  assert.deepEqual([...commands.keys()].sort(), [...decided].sort())
  const answered = [...commands.values()].map(({ evidence }) => evidence.finding_id)
  assert.equal(new Set(answered).size, answered.length, 'a finding is answered by one command')
  for (const id of answered) assert.ok(findings.has(id))
}
