import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { type EmbeddedLog, openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { NewRecord } from '@straylight/runtime/log/log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { firstDay, fleetEvents, model } from '../../test-support/small-fleet.ts'
import { type Baseline, createBaseline } from '../create-baseline.ts'

// Promise 13: no date and no field left out switches anything off. Promise 19: one word teaches what a role began.

const events = fleetEvents({ agents: 1, days: 1, perDay: 8 })
const eventAt = (at: number): AgentEvent => events[at] ?? assert.fail('no such event')

function findingOf(event: AgentEvent, changes: Partial<Finding> = {}): Finding {
  const { id, tenant, agent, time, system, action, position } = event
  return {
    ...{
      id: `fnd_${id}`,
      tenant,
      agent,
      tier: 'low',
      registered: true,
      session: 's',
      event_id: id,
      time,
      log_time: time,
    },
    log: { topic: topics.events.name, partition: 0, offset: position.offset },
    source: { partition: position.partition, offset: position.offset, index: position.index },
    ...{ system, action, score: 9, risk: 4, p_value: 0.001, severity: 'high', cause: 'new_destination', target: 't' },
    ...{ held_out: true, contributions: [], reasons: [], techniques: [] },
    evidence: { profile_events: 9, profile_days: 1, peer_group: 'g', peers: 1, knowledge_version: 1, model: 'm' },
    ...changes,
  }
}

function alertOf(findings: readonly Finding[], changes: Partial<Alert> = {}): Alert {
  const [first] = findings
  assert.ok(first)
  const { tenant, agent, tier, cause, target, severity, time } = first
  return {
    ...{ id: `alr_${first.event_id}`, revision: 1, tenant, agent, tier, cause, target, state: 'open', severity },
    ...{
      summary: 's',
      opened_at: time,
      first_seen: time,
      last_seen: time,
      evidence_at: time,
      finding_count: findings.length,
    },
    ...{ findings: [...findings], event_ids: findings.map(({ event_id }) => event_id), response: 'alert' },
    ...{ command_state: 'none', verdicts: [], deliveries: [] },
    ...changes,
  }
}

const wordAt = (time: number, answer: 'true' | 'false') => ({
  id: `vdt_${time}`,
  answer,
  issuer: 'soc',
  reason: 'r',
  time,
})

let directory: string
let store: Store
let log: EmbeddedLog
let baseline: Baseline
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-quarantined-'))
  store = await openStore({ directory: join(directory, 'store') })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(async () => {
  for (const table of [
    'events',
    'held_out',
    'corrections',
    'agent_hours',
    'findings',
    'alerts',
    'verdicts',
    'results',
  ]) {
    await store.run({ name: 'empty', sql: `TRUNCATE TABLE ${table}` }, {})
  }
  log = await openEmbeddedLog({
    directory: await mkdtemp(join(directory, 'log-')),
    durable: false,
  })
  await log.ensureTopics(Object.values(topics), 1)
  const settings = { registry: [], model, sessionAlertRate: 0.001, profileKey: '1'.repeat(32) }
  baseline = createBaseline({ ...settings, log, store, now: () => 1_790_000_000_000, publishes: 'when_called' })
  await give(topics.events.name, events)
})

afterEach(() => log.close())

/** The log takes events at the time that they say. */
async function give(topic: string, messages: readonly unknown[]): Promise<void> {
  await log.append(
    messages.map((message): NewRecord => {
      const value = typeof message === 'string' ? message : JSON.stringify(message)
      const time = topic === topics.events.name ? (message as AgentEvent).time : undefined
      return { topic, partition: 0, key: '', value, ...(time === undefined ? {} : { timestamp: time }) }
    }),
  )
}

async function run(): Promise<void> {
  const runner = await openStageRunner(baseline, log)
  while ((await runner.step()) > 0);
  await runner.close()
}

/** Corrections of the next version, published `days` after the events, as `+` or `-` and the event's number. */
async function corrected(days: number): Promise<string[]> {
  // Event time moves with events alone.
  const offset = await log.endOffset({ topic: topics.events.name, partition: 0 })
  const next = fleetEvents({ agents: 1, days: 1, perDay: 1, firstDay: firstDay + days })
  await give(
    topics.events.name,
    next.map((event) => ({ ...event, agent: 'other', position: { ...event.position, offset: 1_000 + offset } })),
  )
  await run()
  await baseline.publishKnowledge((firstDay + days + 1) * dayMs)
  const { knowledge } = (await latestKnowledge(log)) ?? assert.fail('no knowledge')
  return knowledge.corrections.map(
    ({ sign, event }) => `${sign > 0 ? '+' : '-'}${events.findIndex(({ id }) => id === event.id)}`,
  )
}

/** Events of the agent that count. */
async function counted(): Promise<number> {
  const row = z.object({ n: z.number() })
  const sql = `SELECT sum(events) AS n FROM agent_hours FINAL WHERE agent = 'agent-0'`
  return (await store.query({ name: 'counted', sql, row }, {}))[0]?.n ?? 0
}

test('quarantined is not counted; called false it is, by a correction that comes once', async () => {
  const finding = findingOf(eventAt(3))
  await give(topics.findings.name, [finding])
  assert.deepEqual(await corrected(1), [])
  assert.equal(await counted(), 7)
  const said = alertOf([finding], { revision: 2, verdicts: [wordAt(finding.time + 1, 'false')] })
  await give(topics.alerts.name, [alertOf([finding]), said])
  assert.deepEqual(await corrected(1), ['+3'])
  assert.equal(await counted(), 8)
  assert.deepEqual(await corrected(2), [])
})

test('learnt and then called true is taken back, and nothing is said of what was held and is confirmed', async () => {
  const learnt = findingOf(eventAt(2), { held_out: false })
  const held = findingOf(eventAt(3))
  await give(topics.findings.name, [learnt, held])
  await give(topics.alerts.name, [alertOf([learnt, held], { verdicts: [wordAt(held.time + 1, 'true')] })])
  assert.deepEqual(await corrected(1), ['-2'])
  assert.equal(await counted(), 6)
  assert.deepEqual(await corrected(9), [])
  assert.equal(await counted(), 6)
})

test('what nobody speaks of is released after seven days of log time; a word that comes later stands above', async () => {
  const finding = findingOf(eventAt(3))
  await give(topics.findings.name, [finding])
  assert.deepEqual(await corrected(6), [])
  assert.deepEqual(await corrected(8), ['+3'])
  assert.equal(await counted(), 8)
  await give(topics.alerts.name, [alertOf([finding], { verdicts: [wordAt(finding.time + 9 * dayMs, 'true')] })])
  assert.deepEqual(await corrected(9), ['-3'])
  assert.equal(await counted(), 7)
  assert.deepEqual(await corrected(10), [])
})

test('the date that a sender wrote releases nothing: an event of eight days back waits as long as any other', async () => {
  const event = eventAt(3)
  // The log took it eight days after the moment that it claims.
  const finding = findingOf(event, { log_time: event.time + 8 * dayMs })
  await give(topics.findings.name, [finding])
  assert.deepEqual(await corrected(8), [])
  assert.deepEqual(await corrected(9), [])
  assert.equal(await counted(), 7)
  assert.deepEqual(await corrected(14), [])
  assert.deepEqual(await corrected(16), ['+3'])
  assert.equal(await counted(), 8)
})

test('nor does the date of a later event: only the log makes the days pass', async () => {
  const finding = findingOf(eventAt(3))
  await give(topics.findings.name, [finding])
  const ahead = fleetEvents({ agents: 1, days: 1, perDay: 1, firstDay: firstDay + 30 })
  await log.append(
    ahead.map((event): NewRecord => {
      const value = JSON.stringify({ ...event, agent: 'other', position: { ...event.position, offset: 2_000 } })
      return { topic: topics.events.name, partition: 0, key: '', value, timestamp: finding.log_time }
    }),
  )
  await run()
  await baseline.publishKnowledge((firstDay + 31) * dayMs)
  assert.equal(await counted(), 7)
})

test('a word is meant for what was there when it was said, also beyond the findings that an alert keeps whole', async () => {
  const findings = [1, 2, 5].map((at) => findingOf(eventAt(at)))
  await give(topics.findings.name, findings)
  const alert = alertOf(findings, { verdicts: [wordAt(eventAt(2).time, 'false')] })
  await give(topics.alerts.name, [{ ...alert, findings: findings.slice(0, 1) }])
  assert.deepEqual(await corrected(1), ['+1', '+2'])
})

test('an unsigned word changes nothing, however it is reported', async () => {
  const finding = findingOf(eventAt(3))
  await give(topics.findings.name, [finding])
  const verdict = {
    id: 'vdt_x',
    alert_id: 'alr_x',
    tenant: 'acme',
    answer: 'false',
    reason: 'r',
    issuer: 'x',
    role: 'analyst',
    time: 1,
  }
  const forged = ['e30', Buffer.from(JSON.stringify(verdict)).toString('base64url'), 'AA'].join('.')
  await give(topics.verdicts.name, [forged, JSON.stringify(verdict)])
  assert.deepEqual(await corrected(1), [])
  assert.equal(await counted(), 7)
})

test('a topic read twice is copied once, and a record that cannot be read keeps its text and stops nothing', async () => {
  const finding = findingOf(eventAt(3), { target: '\ud83d "half" \u0000' })
  const messages = [finding, finding, findingOf(eventAt(4)), '{"id":', 'null', '\ud83d']
  await give(topics.findings.name, messages)
  await run()
  const row = z.object({ id: z.string(), record: z.string() })
  const sql = `SELECT id, record FROM findings FINAL ORDER BY id, record`
  const first = await store.query({ name: 'copied', sql, row }, {})
  assert.deepEqual(
    first.map(({ id }) => id),
    [finding.id, `fnd_${eventAt(4).id}`, 'unreadable-0-3', 'unreadable-0-4', 'unreadable-0-5'],
  )
  assert.deepEqual(
    first.slice(2).map(({ record }) => record),
    ['{"id":', 'null', '\ufffd'],
  )
  assert.deepEqual(JSON.parse(first[0]?.record ?? ''), finding)
})

/** The event's finding of a system that its agent, a helpdesk, has never used. Three agents, eight events each. */
const begins = (event: AgentEvent, changes: Partial<Finding> = {}): Finding =>
  findingOf(event, {
    ...{ cause: 'new_system', target: 'kb' },
    evidence: { ...findingOf(event).evidence, peer_group: 'role:helpdesk', peers: 2 },
    ...changes,
  })
/** The same events as if each were of another agent of the role; they have the places of the first agent's. */
const ofRole = (agents: readonly string[]): Finding[] =>
  agents.flatMap((agent, at) => [begins(eventAt(at), { agent, id: `fnd_${agent}` })])

test('one word on what a role began teaches all of it, also what the alert has no room to name', async () => {
  const findings = events.slice(0, 6).map((event) => begins(event))
  await give(topics.findings.name, findings)
  const [first] = findings
  const role_change = {
    ...{ group: 'role:helpdesk', size: 2, joined_at: 1 },
    agents: [
      { agent: 'agent-0', tier: 'low' as const },
      { agent: 'ben', tier: 'low' as const },
    ],
  }
  const word = wordAt(eventAt(5).time + 1, 'false')
  await give(topics.alerts.name, [alertOf([first!], { role_change, finding_count: 6, verdicts: [word] })])
  assert.deepEqual(await corrected(1), ['+0', '+1', '+2', '+3', '+4', '+5'])
})

test('what three agents of a role began is released after three days of log time; what two did waits for seven', async () => {
  const own = begins(eventAt(3))
  await give(topics.findings.name, [own, ...ofRole(['ben'])])
  assert.deepEqual(await corrected(4), [])
  await give(topics.findings.name, ofRole(['cat']))
  assert.deepEqual(await corrected(5), ['+3'])
})

test('a role’s change is not learnt early where a part was called true, its session strays gravely, or it goes out', async () => {
  const grave = findingOf(eventAt(2), { cause: 'volume', severity: 'high', held_out: false })
  const destination = { cause: 'new_destination', target: 'evil.example' } as const
  await give(topics.findings.name, [begins(eventAt(1)), grave, ...ofRole(['ben', 'cat'])])
  assert.deepEqual(await corrected(4), [], 'every event of the agent is of the one session')
  await give(topics.findings.name, [
    begins(eventAt(4), { ...destination, session: 'other' }),
    ...ofRole(['dan', 'eve', 'fay']).map((one) => ({ ...one, ...destination, id: `${one.id}-out` })),
  ])
  assert.deepEqual(await corrected(5), [])
  const bad = begins(eventAt(5), { target: 'rogue', session: 'third' })
  const others = ofRole(['gus', 'hal', 'ida']).map((one) => ({ ...one, target: 'rogue', id: `${one.id}-rogue` }))
  await give(topics.findings.name, [bad, ...others])
  await give(topics.alerts.name, [alertOf([others[0]!], { verdicts: [wordAt(eventAt(7).time, 'true')] })])
  assert.deepEqual(await corrected(6), [])
})
