import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import { Registry } from '@straylight/schemas/agent'
import { parse } from 'yaml'

/** The blocks of YAML of a page that hold a text. */
function example(page: string, holds: string): string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  const block = [...text.matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, yaml = '']) => yaml)
    .find((yaml) => yaml.includes(holds))
  assert.ok(block !== undefined, `${page} has no example with ${holds}`)
  return block
}

const registry = Registry.parse({
  ...parse(example('policy.md', 'aliases:')),
  ...parse(example('policy.md', 'internal:')),
})
const [token] = parse(example('inputs.md', 'token_sha256')) as { tenant: string }[]
const role = 'arn:aws:sts::123456789012:assumed-role/invoice-bot'
const cloudtrail = {
  ...{
    eventTime: '2026-06-01T08:00:00Z',
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    recipientAccountId: '123456789012',
  },
  userIdentity: { type: 'AssumedRole', arn: `${role}/run-81`, accountId: '123456789012' },
}

test("the pages' token and registry register the agent of a CloudTrail record together, and each without the other", () => {
  const known = createAgentRegistry(registry)
  const read = (headers: Record<string, string>, tenant?: string) =>
    readRecord(Buffer.from(JSON.stringify(cloudtrail)), headers, { registry: known, tenant, time_max: null }).events[0]
      ?.event
  const expected = { tenant: 'acme', agent: 'invoice-bot', owner: 'finance-platform@acme.example', registered: true }
  for (const event of [read({ tenant: token?.tenant ?? '' }), read({}, 'acme'), read({})]) {
    assert.ok(event !== undefined)
    const { tenant, agent, owner, registered } = event
    assert.deepEqual({ tenant, agent, owner, registered }, expected)
  }
  assert.equal(read({}, 'other')?.registered, false, 'a setting of another tenant is not overruled')
})
