import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { formatSamples } from '../../test-support/format-samples.ts'
import { createAgentRegistry } from '../record/agent-registry.ts'
import { readRecord } from '../record/read-record.ts'

// A person is no agent, unless the registry says that an account of a person's is one.

const people: Readonly<Record<string, string>> = {
  ocsf: 'u-1',
  okta: '00u1',
  github: 'octocat',
  'entra-sign-in': 'dana@acme.example',
  'entra-audit': 'dana@acme.example',
  'm365-audit': 'dana@acme.example',
  'gcp-audit': 'dana@acme.example',
  'kubernetes-audit': 'kubernetes-admin',
  teleport: 'dana',
  vault: 'oidc-dana',
  'openai-audit': 'dana@acme.example',
  'anthropic-compliance': 'dana@acme.example',
  'azure-activity': 'dana@acme.example',
  databricks: 'dana@acme.example',
  'google-workspace': 'dana@acme.example',
  'snowflake-query': 'DANA',
  'salesforce-event': 'dana@acme.example',
}
const tenants = ['default', 'acme', 'acme-prod', 'org-1', 'ou-1', 't-1', 'team', 'ws-1', 'C01', '00D1']
const agents = tenants.map((tenant) => ({
  agent: 'the-agent',
  tenant,
  owner: 'o',

  role: 'r',
  aliases: [...new Set(Object.values(people))],
}))
const registry = createAgentRegistry(Registry.parse({ version: 1, agents }))
const nobody = createAgentRegistry(Registry.parse({ version: 1 }))

for (const format of Object.keys(people))
  test(`${format}: a person is passed over, and read where the registry knows the account as an agent's`, () => {
    const samples = formatSamples().filter((sample) => sample.format === format)
    const read = (of: typeof registry) =>
      samples.map(({ bytes }) => readRecord(bytes, {}, { registry: of, tenant: 'default', time_max: null }))
    const passed = read(nobody).flatMap(({ passed_over }) => passed_over.map((one) => one.passed_over))
    assert.ok(passed.includes(`${format} human actor`), passed.join(', '))
    const events = read(registry).flatMap(({ events }) => events.map(({ event }) => event))
    assert.ok(events.some(({ agent, registered }) => registered && agent === 'the-agent'))
  })

test("azure-activity: a person of whom a resource log knows nothing but the address is passed over, or is the registry's agent", () => {
  const record = {
    ...{ time: '2026-11-24T10:00:00.0000000Z', category: 'StorageRead', operationName: 'GetBlob', statusCode: 200 },
    resourceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/blobServices/default',
    identity: { type: 'OAuth', requester: { upn: 'dana@acme.example' } },
  }
  const read = (of: typeof registry) =>
    readRecord(Buffer.from(JSON.stringify(record)), {}, { registry: of, tenant: 'default', time_max: null })
  assert.deepEqual(read(nobody), {
    events: [],
    rejections: [],
    passed_over: [{ index: 0, passed_over: 'azure-activity human actor' }],
  })
  assert.equal(read(registry).events[0]?.event.agent, 'the-agent')
})

test('an event in the native form stays one, whatever fields of other formats stand beside its own', () => {
  const native = { time: '2026-06-01T08:00:00Z', agent: 'a', system: 's', action: 'x.y' }
  const others = {
    class_uid: 6003,
    metadata: {},
    actor: 'someone',
    auditID: '1',
    stage: 'RequestReceived',
    protoPayload: {},
  }
  const message = { jsonrpc: '2.0', id: 1, result: {} }
  const value = Buffer.from(JSON.stringify({ ...others, '@timestamp': 1, message, ...native }))
  const { events } = readRecord(value, {}, { registry: nobody, tenant: 'default', time_max: null })
  assert.deepEqual(
    events.map(({ event: { format, agent } }) => [format, agent]),
    [['native', 'a']],
  )
})
