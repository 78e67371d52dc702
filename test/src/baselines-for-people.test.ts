import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventRow } from '@straylight/baseline/count/event-row'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { type AgentClock, followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { z } from 'zod'

// What docs/baselines.md says can be asked of the store, asked.

const start = Date.UTC(2026, 9, 1, 9)
let directory: string
let store: Store

const call = (agent: string, day: number, fields: Partial<AgentEvent>): Partial<AgentEvent> & { time: number } => ({
  ...{ agent, tenant: 'acme', session: `${agent}-${day}`, system: 'erp', action: 'read', time: start + day * dayMs },
  ...fields,
})

/** Three bots of one group and a stranger. On day 9 billing-bot sends ten times as much, to somebody new. */
const calls = [
  ...Array.from({ length: 10 }, (_, day) =>
    ['billing-bot', 'other-bot', 'third-bot'].flatMap((agent) => [
      call(agent, day, { bytes_received: 300, records: 3 }),
      call(agent, day, {
        ...{ action: 'send', system: 'mail', time: start + day * dayMs + hourMs },
        ...{ bytes_sent: agent === 'billing-bot' && day === 9 ? 1_000 : 100, destinations: ['dana@acme.example'] },
      }),
    ]),
  ).flat(),
  call('billing-bot', 9, { action: 'export', destinations: ['x@else.example', 'x@else.example'], bytes_sent: 5 }),
  call('stranger', 0, { tenant: 'other' }),
]

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-people-'))
  store = await openStore({ directory })
  const clocks = new Map<string, AgentClock>()
  const hasher = new ProfileKeyHasher('0'.repeat(32))
  const rows = calls.map((fields, offset) => {
    const position = { topic: 'agent.audit.v1', partition: 0, offset, index: 0 }
    const about = { format: 'native', registered: true, content_hash: '0'.repeat(16), position }
    const event = { id: `e${offset}`, ...fields, ...about } as AgentEvent
    const clock = clocks.get(event.agent) ?? newAgentClock()
    clocks.set(event.agent, clock)
    const followed = followSession(clock, event)
    const place = { source: position, log: { partition: 0, offset }, log_time: event.time, vetted: false }
    return eventRow({ event, text: JSON.stringify(event), followed }, place, hasher)
  })
  await store.insert('events', rows)
  // Stored again, as after a crash; and one of them quarantined.
  await store.insert('events', rows.slice(0, 30))
  const held = rows.find(({ step }) => step === 'erp/read')
  assert.ok(held)
  const { tenant, agent, hour, source_topic, source_partition, source_offset, source_index } = held
  const identity = { tenant, agent, hour, source_topic, source_partition, source_offset, source_index }
  const mark = { why: '', revision: 0, was_held: 1, event_id: '', finding_id: '', alert_id: '', time: 0, marked_at: 0 }
  await store.insert('held_out', [{ ...identity, ...mark, state: 'held' }])
  const groups = ['billing-bot', 'other-bot', 'third-bot'].map((name) => ({ tenant: 'acme', agent: name }))
  await store.insert(
    'agent_groups',
    groups.flatMap((of) => [
      { ...of, knowledge_version: 1, peer_group: 'old' },
      { ...of, knowledge_version: 2, peer_group: 'clerks' },
    ]),
  )
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const ask = (sql: string) => store.query({ name: 'question', sql, row: z.record(z.string(), z.unknown()) }, {})

test('the ten questions of docs/baselines.md have the answers of this fleet', async () => {
  const text = await readFile(new URL('../../docs/baselines.md', import.meta.url), 'utf8')
  const questions = [...text.matchAll(/```sql\n(.+?)```/gs)].map(([, sql = '']) => sql)
  assert.equal(questions.length, 10)
  const answers = await Promise.all(questions.map(ask))
  const [steps, systems, alone, fresh, users, reached, others, volumes, days, hours] = answers
  assert.deepEqual(
    steps?.map(({ step, events, percent, days }) => [step, events, percent, days]),
    [
      ['mail/send', 10, 50, 10],
      ['erp/read', 9, 45, 9],
      ['erp/export', 1, 5, 1],
    ],
  )
  assert.deepEqual(
    systems?.map(({ system, events, steps }) => [system, events, steps]),
    [
      ['erp', 10, 2],
      ['mail', 10, 1],
    ],
  )
  assert.deepEqual(
    alone?.map(({ step, peers }) => [step, peers]),
    [['erp/export', 2]],
  )
  assert.deepEqual(
    fresh?.map(({ agent, step, peers_that_do }) => [agent, step, peers_that_do]),
    [['billing-bot', 'erp/export', 0]],
  )
  assert.deepEqual(new Set(users?.map(({ agent, events }) => `${agent} ${events}`)).size, 3)
  assert.deepEqual(
    reached?.map(({ destination, events, sent }) => [destination, events, sent]),
    [
      ['x@else.example', 1, 5],
      ['dana@acme.example', 10, 1_900],
    ],
  )
  assert.equal(others?.length, 3)
  assert.deepEqual(
    volumes?.map(({ period, sent_median, sent_max, calls_max }) => [period, sent_median, sent_max, calls_max]),
    [
      ['day', 100, 1_005, 3],
      ['hour', 100, 1_000, 2],
    ],
  )
  assert.deepEqual(
    days?.map(({ day, sent }) => [day, sent]),
    [['2026-10-10', 1_005]],
  )
  assert.deepEqual(
    hours?.map(({ hour_of_day, calls }) => [hour_of_day, calls]),
    [
      [9, 10],
      [10, 10],
    ],
  )
})

test('an agent that nobody is grouped with has no peers, and one that somebody names by force stays a name', async () => {
  assert.deepEqual(
    (await ask("SELECT step, peers_that_do, peers FROM agent_actions WHERE tenant = 'other'")).map((row) => ({
      ...row,
    })),
    [{ step: 'erp/read', peers_that_do: 0, peers: 0 }],
  )
  assert.deepEqual(await ask("SELECT * FROM agent_actions WHERE agent = 'nobody'"), [])
})

test('a question about one agent reads that agent alone', async () => {
  const sql = "EXPLAIN indexes = 1 SELECT * FROM agent_day_volumes WHERE tenant = 'acme' AND agent = 'billing-bot'"
  const plan = (await ask(sql)).map(({ explain }) => String(explain)).join('\n')
  assert.match(plan, /PrimaryKey[\s\S]*tenant[\s\S]*agent[\s\S]*\(agent in \['billing-bot', 'billing-bot'\]\)/)
})
