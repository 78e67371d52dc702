import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { topics } from '@straylight/schemas/topics'
import { context, json, nativeEvent } from '../../test-support/audit-record.ts'
import { openTestEndpoint, type TestEndpoint, tokenOf } from '../../test-support/test-endpoint.ts'
import { createIngest } from '../create-ingest.ts'
import type { Headers } from '../formats/format.ts'
import { createAgentRegistry } from '../record/agent-registry.ts'
import { readRecord } from '../record/read-record.ts'

// Promise 11: what a sender says of itself is a claim; what its token, or the registry, says is evidence.

const agents = [{ tenant: 'acme', agent: 'invoices', owner: 'dana@acme.example', aliases: ['svc-42'] }]
const registry = createAgentRegistry(Registry.parse({ version: 1, agents }))
const holder = {
  tenant: 'acme',
  agents: ['invoices', 'planner'],
  credentials: { ids: ['key-1', 'key-2'], prefixes: ['jti:inv-'] },
}
const tokens = [tokenOf('bound', holder), tokenOf('free', { tenant: 'acme' })]

let endpoint: TestEndpoint
before(async () => {
  endpoint = await openTestEndpoint({ tokens, registry })
})
after(() => endpoint.close())

/** What an event says of its proof, or the code it is rejected with and the field to blame. */
function reported(change: object, headers: Headers) {
  const { events, rejections } = readRecord(json({ ...nativeEvent, ...change }), headers, { ...context, registry })
  const [rejection] = rejections
  return rejection === undefined ? (events[0]?.event.proven ?? null) : `${rejection.code} ${rejection.path}`
}
const bound = {
  tenant: 'acme',
  agents: '["invoices"]',
  credentials: JSON.stringify(holder.credentials),
}
const using = (id: string) => ({ agent: 'svc-42', credential: { id } })

test('headers prove the agent and the credential that they name, exactly or by prefix, and permit no other', () => {
  assert.deepEqual(reported(using('key-1'), bound), ['agent', 'credential'])
  assert.deepEqual(reported(using('jti:inv-7f3'), bound), ['agent', 'credential'])
  assert.deepEqual(reported({ agent: 'svc-42' }, bound), ['agent'])
  assert.deepEqual(reported(using('key-1'), { tenant: 'acme', credentials: bound.credentials }), ['credential'])
  for (const id of ['key-11', 'key', 'KEY-1', 'jti:inv', 'xjti:inv-1', ' key-1'])
    assert.equal(reported(using(id), bound), 'not_permitted credential.id', id)
})

test('without these headers nothing is proven, whatever the event says of itself', () => {
  const claims = { proven: ['agent', 'credential'], credential: { id: 'key-1', proven: true } }
  assert.equal(reported(claims, {}), null)
  assert.equal(reported(claims, { tenant: 'acme' }), null)
  assert.equal(reported({ ...claims, proven: 7 }, {}), null, 'a field that is not read cannot reject the event either')
  const envelope = {
    specversion: '1.0',
    type: 'agent.action.v1',
    proven: ['agent'],
    data: { ...nativeEvent, ...claims },
  }
  const { events } = readRecord(json(envelope), { ce_proven: 'agent' }, context)
  assert.equal(events[0]?.event.proven, undefined)
})

test('a binding that cannot be read permits nobody and no credential, and a tenant that is none nothing at all', () => {
  for (const agentsHeader of ['', 'invoices', '{}', 'null', '[7]', '"invoices"'])
    assert.equal(reported({ agent: 'svc-42' }, { ...bound, agents: agentsHeader }), 'not_permitted agent', agentsHeader)
  for (const credentials of [
    '',
    'key-1',
    '[]',
    '{}',
    'null',
    '{"ids":"key-1"}',
    '{"ids":[7]}',
    '{"ids":["key-1"],"more":1}',
  ])
    assert.equal(reported(using('key-1'), { ...bound, credentials }), 'not_permitted credential.id', credentials)
  for (const tenant of ['', 'a|b', 'a\u0000', 'x'.repeat(600)])
    assert.equal(reported({}, { tenant }), 'not_permitted tenant', tenant)
  assert.equal(reported({ time: '2099-01-01T00:00:00Z' }, { 'time-max': 'never' }), null)
})

test('an owner that the registry knows stands above the claimed one; tenant and parent are held to the binding and the registry', () => {
  const claim = { agent: 'svc-42', owner: 'mallory@x.example', parent_agent: 'svc-42' }
  const event = readRecord(json({ ...nativeEvent, ...claim }), bound, { ...context, registry }).events[0]?.event
  assert.deepEqual([event?.owner, event?.parent_agent, event?.tenant], ['dana@acme.example', 'invoices', 'acme'])
  assert.equal(reported({ ...claim, tenant: 'other' }, bound), 'not_permitted tenant')
})

test('over HTTP the token decides: each record carries of its binding only what concerns it', async () => {
  const lines = [using('key-1'), using('jti:inv-9'), using('key-3'), { agent: 'planner' }, { agent: 'other' }]
  const body = lines.map((change, n) => JSON.stringify({ ...nativeEvent, id: `e${n}`, proven: ['agent'], ...change }))
  const { answer } = await endpoint.post('bound', body.join('\n'))
  assert.equal(answer.accepted, 3)
  assert.deepEqual(
    answer.rejected.map(({ line, code, path }) => [line, code, path]),
    [
      [3, 'not_permitted', 'credential.id'],
      [5, 'not_permitted', 'agent'],
    ],
  )
  await endpoint.post(
    'free',
    JSON.stringify({ ...nativeEvent, id: 'e5', proven: ['agent', 'credential'], ...using('key-1') }),
  )
  const records = await endpoint.records()
  assert.ok(records.every(({ headers }) => JSON.stringify(headers).length < 200))
  const stage = createIngest({ registry, now: () => Date.parse('2026-11-22T10:05:00Z'), live: true })
  const output = await stage.process([{ topic: topics.audit.name, partition: 0, records, lag: 0 }])
  const of = (topic: string) =>
    output.filter((record) => record.topic === topic).map((record) => JSON.parse(record.value.toString()))
  assert.deepEqual(Object.fromEntries(of(topics.events.name).map(({ id, proven }) => [id, proven])), {
    e0: ['agent', 'credential'],
    e1: ['agent', 'credential'],
    e3: ['agent'],
    e5: undefined,
  })
  assert.deepEqual(
    of(topics.rejected.name)
      .map(({ path }) => path)
      .sort(),
    ['agent', 'credential.id'],
  )
  const uses = of(topics.credentials.name).filter(({ credential_id }) => credential_id === 'key-1')
  assert.deepEqual(
    uses.map(({ event }) => event.proven),
    [['agent', 'credential']],
    'the proven use is reported, and a later claim of the same is no news',
  )
})
