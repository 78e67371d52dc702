import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRecord } from '@straylight/runtime/log/log'
import { Registry } from '@straylight/schemas/agent'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { CredentialUse } from '@straylight/schemas/credential-use'
import { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import { auditBatch, json, nativeEvent } from '../test-support/audit-record.ts'
import { createIngest } from './create-ingest.ts'
import { BadRegistry, createAgentRegistry } from './record/agent-registry.ts'
import { createCredentialUses } from './record/credential-uses.ts'

const registry = createAgentRegistry(
  Registry.parse({
    version: 1,
    agents: [
      { tenant: 'acme', agent: 'invoices', owner: 'dana@acme.example', aliases: ['invoice-bot', 'svc-42'] },
      { tenant: 'acme', agent: 'planner', aliases: ['plan-svc'] },
    ],
  }),
)
const stage = () => createIngest({ registry, now: () => 0, live: false, tenant: 'acme' })
const of = (output: readonly NewRecord[], topic: string) => output.filter((record) => record.topic === topic)
const parsed = (record: NewRecord | undefined) => JSON.parse(record?.value.toString() ?? 'null')
const native = (change: object) => json({ ...nativeEvent, ...change })

test('an event carries its place, its log time, and the key that keeps its agent in one partition', async () => {
  const [first, second] = of(
    await stage().process([auditBatch([native({}), native({ agent: 'svc-42' })], 3)]),
    topics.events.name,
  )
  assert.equal(first?.key, 'acme|invoices')
  assert.equal(second?.key, first?.key)
  assert.equal(second?.timestamp, 1_001)
  const event = AgentEvent.parse(parsed(second))
  assert.deepEqual(event.position, { topic: topics.audit.name, partition: 3, offset: 1, index: 0 })
})

test('the registry names agent, parent and owner; its word on the owner stands', async () => {
  const [record] = await stage().process([auditBatch([native({ owner: 'somebody', parent_agent: 'plan-svc' })])])
  const event = AgentEvent.parse(parsed(record))
  assert.deepEqual(
    [event.agent, event.parent_agent, event.owner, event.registered],
    ['invoices', 'planner', 'dana@acme.example', true],
  )
})

test('an agent nobody registered is admitted under its own name', async () => {
  const [record] = await stage().process([auditBatch([native({ agent: 'stranger', tenant: 'other' })])])
  const event = AgentEvent.parse(parsed(record))
  assert.deepEqual([event.tenant, event.agent, event.registered], ['other', 'stranger', false])
})

test("aliases are a tenant's own", async () => {
  const [record] = await stage().process([auditBatch([native({ agent: 'svc-42', tenant: 'other' })])])
  assert.equal(parsed(record).agent, 'svc-42')
})

test('an event without an id gets one from its place, the same when it is read again', async () => {
  const batch = auditBatch([
    json([
      { ...nativeEvent, id: undefined },
      { ...nativeEvent, id: undefined },
    ]),
  ])
  const ids = async () => of(await stage().process([batch]), topics.events.name).map((record) => parsed(record).id)
  assert.deepEqual(await ids(), ['agent.audit.v1/0/0/0', 'agent.audit.v1/0/0/1'])
  assert.deepEqual(await ids(), await ids())
})

test('read again, a record gives the same events and rejections, byte for byte', async () => {
  const batch = auditBatch([native({}), Buffer.from('{'), native({ credential: { id: 'c' } })])
  assert.deepEqual(await stage().process([batch]), await stage().process([batch]))
})

test('the order of the log is kept', async () => {
  const values = Array.from({ length: 50 }, (_, n) => native({ id: `e-${n}` }))
  const ids = of(await stage().process([auditBatch(values)]), topics.events.name).map((record) => parsed(record).id)
  assert.deepEqual(
    ids,
    values.map((_, n) => `e-${n}`),
  )
})

test('the first use of a credential by each agent is reported once, keyed by tenant and credential', async () => {
  const use = (agent: string) => native({ agent, credential: { id: 'jti-1' } })
  const ingest = stage()
  const output = await ingest.process([auditBatch([use('invoice-bot'), use('svc-42'), use('stranger'), native({})])])
  const uses = of(output, topics.credentials.name)
  assert.deepEqual(
    uses.map((record) => [record.key, CredentialUse.parse(parsed(record)).agent]),
    [
      ['acme|jti-1', 'invoices'],
      ['acme|jti-1', 'stranger'],
    ],
  )
  assert.deepEqual(of(await ingest.process([auditBatch([use('invoice-bot')])]), topics.credentials.name), [])
})

test('of two partitions in one poll, the agent that used a credential first is reported first', async () => {
  const credential = { id: 'jti:lent' }
  const late = auditBatch([native({ agent: 'invoices' }), native({ agent: 'planner', credential })], 0)
  const early = auditBatch([native({ agent: 'invoices', credential })], 1)
  const uses = of(await stage().process([late, early]), topics.credentials.name).map(parsed)
  const reported = uses.filter(({ credential_id }) => credential_id === credential.id).map(({ agent }) => agent)
  assert.deepEqual(reported, ['invoices', 'planner'])
})

test('the memory of credential uses is bounded, and forgets what was used longest ago', () => {
  const uses = createCredentialUses(2)
  const first = (id: string) => uses.isNews({ tenant: 't', agent: 'a', credential: { id }, time: 9 })
  assert.deepEqual(['1', '2', '1', '3', '1', '2'].map(first), [true, true, false, true, false, true])
})

test('an earlier use that comes late is reported, some times, and so is the first one that a token proves', () => {
  const uses = createCredentialUses(9)
  const news = (time: number, proven?: ('agent' | 'credential')[]) =>
    uses.isNews({ tenant: 't', agent: 'a', credential: { id: 'c' }, time, ...(proven ? { proven } : {}) })
  assert.deepEqual([news(500), news(500), news(700), news(400), news(450)], [true, false, false, true, false])
  assert.deepEqual([news(600, ['agent']), news(600, ['agent', 'credential'])], [false, true])
  assert.equal(news(600, ['agent', 'credential']), false)
  const reported = Array.from({ length: 100 }, (_, at) => news(399 - at)).filter(Boolean)
  assert.equal(reported.length, 15, 'a clock that runs backwards is not followed for ever')
})

test('of the uses of one credential by one agent in a batch the earliest by event time is reported', async () => {
  const credential = { id: 'jti:lent' }
  const times = ['12', '10', '11'].map((hour) => `2026-03-02T${hour}:00:00Z`)
  const batch = auditBatch(times.map((time) => native({ agent: 'invoices', credential, time })))
  const [use, ...more] = of(await stage().process([batch]), topics.credentials.name).map(parsed)
  assert.deepEqual([use.event.time, more.length], [Date.parse(times[1] ?? ''), 0])
})

test('a claim that is earlier by event time does not take the place of a use that a token proves', async () => {
  const use = (hour: string) =>
    native({ agent: 'invoices', credential: { id: 'jti:inv' }, time: `2026-03-02T${hour}:00:00Z` })
  const headers = { tenant: 'acme', agents: '["invoices"]', credentials: '{"ids":["jti:inv"]}' }
  const batch = auditBatch([
    { value: use('12'), headers },
    { value: use('10'), headers: { tenant: 'acme' } },
  ])
  const uses = of(await stage().process([batch]), topics.credentials.name).map(parsed)
  assert.deepEqual(
    uses.map(({ event }) => event.proven ?? []),
    [['agent', 'credential'], []],
  )
})

test('a record speaks for the tenant that its sender is bound to, and for no other', async () => {
  const headers = { tenant: 'acme', origin: 'token shipper-7' }
  const values = [{}, { tenant: 'acme' }, { tenant: 'other' }].map((change) => ({ value: native(change), headers }))
  const output = await stage().process([auditBatch(values)])
  assert.deepEqual(
    of(output, topics.events.name).map((record) => parsed(record).tenant),
    ['acme', 'acme'],
  )
  const rejection = Rejection.parse(parsed(of(output, topics.rejected.name)[0]))
  assert.deepEqual(
    [rejection.code, rejection.path, rejection.origin, rejection.tenant],
    ['not_permitted', 'tenant', 'token shipper-7', 'acme'],
  )
})

test('a record speaks only for agents that its sender may speak for, by whatever alias', async () => {
  const attempt = async (agents: string, agent: string) => {
    const headers = { tenant: 'acme', agents }
    const [record] = await stage().process([auditBatch([{ value: native({ agent }), headers }])])
    return parsed(record).code ?? 'admitted'
  }
  assert.equal(await attempt('["invoices"]', 'svc-42'), 'admitted')
  assert.equal(await attempt('["planner"]', 'svc-42'), 'not_permitted')
  assert.equal(await attempt('["svc-42"]', 'svc-42'), 'not_permitted', 'the alias of another agent is no right to it')
  assert.equal(await attempt('not a list', 'svc-42'), 'not_permitted')
})

test('a registry in which one name means two agents stops the start', () => {
  const agents = [
    { agent: 'a', aliases: ['x'] },
    { agent: 'b', aliases: ['x'] },
  ]
  assert.throws(() => createAgentRegistry(Registry.parse({ version: 1, agents })), BadRegistry)
})

test('so does one that binds a credential to two agents, of one tenant', () => {
  const bound = (tenant: string, agent: string) => ({
    tenant,
    agent,
    credentials: { ids: ['jti:1'], prefixes: ['p:'] },
  })
  const registry = (...agents: object[]) => createAgentRegistry(Registry.parse({ version: 1, agents }))
  assert.throws(
    () => registry(bound('acme', 'a'), bound('acme', 'b')),
    /credential id "jti:1" is bound to both a and b/,
  )
  assert.ok(registry(bound('acme', 'a'), bound('other', 'b')))
})
