import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { EventToken } from '@straylight/schemas/event-token'
import { topics } from '@straylight/schemas/topics'
import { auditBatch, context, json, nativeEvent } from '../../test-support/audit-record.ts'
import { createIngest } from '../create-ingest.ts'
import { createAgentRegistry } from './agent-registry.ts'
import { readRecord } from './read-record.ts'
import { bindingOf, narrowedBinding } from './token-binding.ts'

// Promise 10: what is rejected is seen as its agent's, so that nobody hides behind records that cannot be read.

const bad = { ...nativeEvent, records: '310' }
const rejection = (value: object, headers = {}) => readRecord(json(value), headers, context).rejections[0]

test("a rejection names the agent whose record it was, by the registry's name, in every form of the native event", () => {
  const { agent, ...data } = bad
  const envelope = { specversion: '1.0', type: 'agent.action.v1', id: '1', time: bad.time }
  for (const value of [bad, { ...envelope, data: bad }, { ...envelope, subject: agent, data }])
    assert.equal(rejection(value)?.agent, 'invoice-bot')
  assert.equal(rejection({ ...bad, agent: 7 })?.agent, undefined)
})

test('an agent or tenant that the sender may not speak for is not named', () => {
  const bound = (agents: string[], tenant?: string) => ({ agents: JSON.stringify(agents), ...(tenant && { tenant }) })
  assert.equal(rejection(bad, bound(['invoice-bot']))?.agent, 'invoice-bot')
  assert.equal(rejection(bad, bound(['another']))?.agent, undefined)
  assert.equal(rejection({ ...bad, tenant: 'victim' }, { tenant: 'acme' })?.agent, undefined)
  assert.equal(rejection({ ...bad, tenant: 'victim' }, { tenant: 'acme' })?.tenant, 'acme')
})

test('rejections of registered agents are reported one by one, and dropped fields of any', async () => {
  const registry = createAgentRegistry(Registry.parse({ version: 1, agents: [{ agent: 'invoice-bot' }] }))
  const reported: unknown[] = []
  const stage = createIngest({
    ...{ registry, live: false, now: () => 0 },
    onAgentRejected: (of) => reported.push(of),
    onDroppedFields: (fields) => reported.push(fields),
  })
  const values = [bad, { ...bad, agent: 'made-up' }, { ...nativeEvent, session: 7, argument_values: { to: null } }]
  const output = await stage.process([auditBatch(values.map(json))])
  assert.deepEqual(reported, [{ tenant: 'default', agent: 'invoice-bot' }, ['session', 'argument_values']])
  const [event] = output.filter(({ topic }) => topic === topics.events.name)
  assert.deepEqual(JSON.parse(String(event?.value)).dropped_fields, ['session', 'argument_values'])
})

test('at the endpoint a rejected record keeps the binding to its agent, so that ingest names it too', () => {
  const holder = EventToken.parse({
    ...{ name: 't', token_sha256: '0'.repeat(64), tenant: 'acme' },
    agents: ['invoice-bot', ...Array.from({ length: 50 }, (_, at) => `bot-${at}`)],
  })
  const binding = bindingOf(holder)
  const reported = rejection(bad, binding)
  assert.equal(reported?.agent, 'invoice-bot')
  const narrowed = narrowedBinding(holder, binding, reported ?? assert.fail())
  assert.equal(narrowed.agents, '["invoice-bot"]')
  assert.deepEqual(rejection(bad, narrowed), reported)
})
