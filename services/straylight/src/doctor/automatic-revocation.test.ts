import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent } from '@straylight/schemas/agent'
import { EventToken } from '@straylight/schemas/event-token'
import { Policy } from '@straylight/schemas/policy'
import { automaticRevocation } from './automatic-revocation.ts'

const policy = (revocation = {}) =>
  Policy.parse({ tiers: { low: { high: 'revoke' }, critical: { high: 'revoke', shadow: true } }, revocation })
const agent = (more: object) => Agent.parse({ agent: 'bot', tier: 'low', ...more })

test('a tier that revokes and has no evidence of a credential is reported; shadow and what only asks are not', () => {
  const [line, ...more] = automaticRevocation(policy(), { agents: [agent({})], tokens: [] })
  assert.match(line ?? '', /^Tier low revokes, .* waits for a person\. Give the agents `credentials`/)
  assert.deepEqual(more, [])
  assert.deepEqual(automaticRevocation(Policy.parse({}), { agents: [], tokens: [] }), [])
})

test('a binding of the registry or of a token is evidence, and only for its own tier and tenant', () => {
  const credentials = { prefixes: ['jti:bot:'] }
  const reported = (agents: Agent[], tokens: EventToken[] = []) =>
    automaticRevocation(policy(), { agents, tokens }).length
  assert.equal(reported([agent({ credentials })]), 0)
  assert.equal(reported([agent({}), agent({ agent: 'other', credentials, tier: 'high' })]), 1)
  const token = { name: 't', token_sha256: '0'.repeat(64), agents: ['bot'], credentials }
  assert.equal(reported([agent({})], [EventToken.parse({ ...token, tenant: 'default' })]), 0)
  assert.equal(reported([agent({})], [EventToken.parse({ ...token, tenant: 'other' })]), 1)
})

test('what is left to the broker is said as what it asks of the broker', () => {
  const lines = automaticRevocation(policy({ broker_checks_holder: true }), { agents: [], tokens: [] })
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /The broker must refuse where precondition\.holder_agent_id is not the holder/)
})

test('of a tier that no agent has nothing is said; one that nobody registered counts as medium', () => {
  assert.deepEqual(automaticRevocation(policy(), { agents: [agent({ tier: 'high' })], tokens: [] }), [])
  const medium = Policy.parse({ tiers: { medium: { high: 'revoke' } } })
  assert.match(automaticRevocation(medium, { agents: [], tokens: [] })[0] ?? '', /^Tier medium revokes/)
})
