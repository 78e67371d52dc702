import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentOfPartitionKey, partitionKeyOf } from './partition-key.ts'

test('a key gives back whom it names, and what is no key nobody', () => {
  for (const [tenant, agent] of [
    ['acme', 'helpdesk-7'],
    ['acme', 'an|odd|name'],
    ['acme', ''],
  ] as const)
    assert.deepEqual(agentOfPartitionKey(partitionKeyOf(tenant, agent)), { tenant, agent })
  assert.equal(agentOfPartitionKey(''), undefined)
  assert.equal(agentOfPartitionKey('somebody else wrote this'), undefined)
})
