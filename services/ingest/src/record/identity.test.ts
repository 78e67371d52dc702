import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { json } from '../../test-support/audit-record.ts'
import { createAgentRegistry } from './agent-registry.ts'
import { AgentsSeen } from './agents-seen.ts'
import { readRecord } from './read-record.ts'
import { tenantOf } from './tenant-of.ts'

const registryOf = (agents: readonly object[], internal?: object) =>
  createAgentRegistry(Registry.parse({ version: 1, agents, ...(internal === undefined ? {} : { internal }) }))
const account = '123456789012'

test('a tenant is said by token, record, setting, account that the registry knows, registry, account, in this order', () => {
  const nobody = registryOf([])
  const acme = registryOf([{ agent: 'a', tenant: 'acme' }])
  const byAccount = registryOf([
    { agent: 'a', tenant: account },
    { agent: 'a', tenant: 'acme' },
  ])
  const two = registryOf([{ agent: 'a', tenant: 'acme' }, { agent: 'a' }])
  const all = { token: 'token', record: 'record', account }
  assert.equal(tenantOf(all, { registry: byAccount, tenant: 'setting' }), 'token')
  assert.equal(tenantOf({ ...all, token: null }, { registry: byAccount, tenant: 'setting' }), 'record')
  assert.equal(tenantOf({ token: null, account }, { registry: byAccount, tenant: 'setting' }), 'setting')
  assert.equal(tenantOf({ token: null, account }, { registry: byAccount, tenant: undefined }), account)
  assert.equal(tenantOf({ token: null, account }, { registry: acme, tenant: undefined }), 'acme')
  assert.equal(tenantOf({ token: null, account }, { registry: two, tenant: undefined }), account)
  assert.equal(tenantOf({ token: null, account }, { registry: nobody, tenant: undefined }), account)
  assert.equal(tenantOf({ token: null }, { registry: nobody, tenant: undefined }), 'default')
})

const session = `arn:aws:sts::${account}:assumed-role/invoice-bot/run-1`
const issuer = { arn: `arn:aws:iam::${account}:role/agents/invoice-bot`, userName: 'invoice-bot', type: 'Role' }
const record = {
  ...{
    eventTime: '2026-06-01T08:00:00Z',
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    recipientAccountId: account,
  },
  userIdentity: { type: 'AssumedRole', arn: session, accountId: account, sessionContext: { sessionIssuer: issuer } },
}

for (const alias of [
  ...[`arn:aws:sts::${account}:assumed-role/invoice-bot`, `arn:aws:iam::${account}:role/invoice-bot`],
  ...[issuer.arn, session, 'invoice-bot/run-1', 'invoice-bot'],
])
  test(`an entry of the tenant default with the alias ${alias} registers the agent of a CloudTrail record`, () => {
    const registry = registryOf([{ agent: 'the-bot', aliases: [alias] }])
    for (const userIdentity of [record.userIdentity, { ...record.userIdentity, sessionContext: {} }]) {
      if (userIdentity.sessionContext !== record.userIdentity.sessionContext && alias === issuer.arn) continue
      const { events } = readRecord(
        json({ ...record, userIdentity }),
        {},
        { registry, tenant: undefined, time_max: null },
      )
      const { tenant, agent, registered } = events[0]!.event
      assert.deepEqual([tenant, agent, registered], ['default', 'the-bot', true])
    }
  })

test("places that the registry calls the organisation's own are marked as such, with what lies below a domain", () => {
  const registry = registryOf([], {
    domains: ['acme.example'],
    hosts: ['gw.partner.example'],
    networks: ['198.51.100.0/24', '2001:db8::/32'],
    accounts: ['1234-5678-9012'],
    buckets: ['s3://acme-exports'],
  })
  const ownOf = (destinations: string[]) => {
    const event = { time: '2026-06-01T08:00:00Z', agent: 'a', system: 's', action: 'a', destinations }
    return readRecord(json(event), {}, { registry, tenant: undefined, time_max: null }).events[0]!.event
      .internal_destinations
  }
  const own = [
    ...['Dana <dana@EU.acme.example>', 'https://files.acme.example/x', 'acme.example', 'gw.partner.example:8443'],
    ...[
      '198.51.100.9',
      '[2001:db8::7]:443',
      `arn:aws:iam::${account}:root`,
      's3://acme-exports/x',
      '::ffff:198.51.100.9',
    ],
  ]
  for (const text of own) assert.equal(ownOf([text])?.length, 1, text)
  const others = [
    ...['dana@evilacme.example', 'acme.example.evil.example', 'x.gw.partner.example', '198.51.101.1', '210987654321'],
    ...['*', '"dana@acme.example" <m@evil.example>', 's3://acme-exports-2', 'https://acme.example@evil.example/'],
  ]
  for (const text of others) assert.equal(ownOf([text]), undefined, text)
  assert.deepEqual(ownOf(['dana@acme.example, m@evil.example']), ['mail:dana@acme.example'])
})

test('a sender cannot call a place its own', () => {
  const event = { time: '2026-06-01T08:00:00Z', agent: 'a', system: 's', action: 'a', destinations: ['evil.example'] }
  const claimed = { ...event, internal_destinations: ['host:evil.example'] }
  const { events } = readRecord(json(claimed), {}, { registry: registryOf([]), tenant: undefined, time_max: null })
  assert.equal(events[0]!.event.internal_destinations, undefined)
})

test('agents that the registry does not name and entries never seen are counted, within a bound', () => {
  const seen = new AgentsSeen([
    { tenant: 't', agent: 'a' },
    { tenant: 't', agent: 'b' },
  ])
  seen.observe({ tenant: 't', agent: 'a', registered: true })
  for (let at = 0; at < 10_500; at++) seen.observe({ tenant: 't', agent: `x${at}`, registered: false })
  seen.observe({ tenant: 't', agent: 'x1', registered: false })
  assert.deepEqual([seen.strangers, seen.entriesUnseen], [10_000, 1])
})
