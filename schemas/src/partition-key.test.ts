import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tenant } from './agent-event.ts'
import { partitionKeyOf, partitionKeySeparator } from './partition-key.ts'

test('a key names a tenant and what is its own, in one way only', () => {
  assert.equal(partitionKeyOf('acme', 'invoice-bot'), 'acme|invoice-bot')
  assert.equal(Tenant.safeParse(`ac${partitionKeySeparator}me`).success, false)
  const [tenant] = partitionKeyOf('acme', 'a|b').split(partitionKeySeparator)
  assert.equal(tenant, 'acme')
})
