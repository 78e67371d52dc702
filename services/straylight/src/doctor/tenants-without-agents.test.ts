import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent } from '@straylight/schemas/agent'
import { EventToken } from '@straylight/schemas/event-token'
import { tenantsWithoutAgents } from './tenants-without-agents.ts'

test('a tenant of tokens that no agent of the registry has is reported once', () => {
  const token = (tenant: string) => EventToken.parse({ name: 't', token_sha256: '0'.repeat(64), tenant })
  const tokens = [token('acme'), token('acme'), token('default')]
  assert.deepEqual(tenantsWithoutAgents({ agents: [Agent.parse({ agent: 'bot' })], tokens }), ['acme'])
  assert.deepEqual(
    tenantsWithoutAgents({ agents: [Agent.parse({ agent: 'bot', tenant: 'acme' })], tokens: [token('acme')] }),
    [],
  )
})
