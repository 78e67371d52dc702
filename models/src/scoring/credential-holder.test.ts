import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent } from '@straylight/schemas/agent'
import { CredentialBindings, credentialHolderOf } from './credential-holder.ts'

// Promise 11: what a sender says of itself is a claim; what its token, or the registry, says is evidence.

const agents = [
  { agent: 'amy', credentials: { ids: ['jti:9c1e'], prefixes: ['jti:amy-'] } },
  { agent: 'bob', credentials: { ids: ['jti:amy-lent'], prefixes: ['jti:', 'jti:amy-bob-'] } },
  { agent: 'cat', credentials: { ids: ['twice'] } },
  { agent: 'dan', credentials: { ids: ['twice'] } },
  { agent: 'eve' },
].map((agent) => Agent.parse({ tenant: 'acme', ...agent }))
const bindings = new CredentialBindings(agents)
const evidence = {
  boundTo: (tenant: string, credential: string) => bindings.agentOf(tenant, credential),
  tierOf: () => 'high' as const,
}

test('exact ids count before prefixes, and of prefixes the longest', () => {
  const owners = ['jti:9c1e', 'jti:amy-1', 'jti:amy-lent', 'jti:amy-bob-1', 'jti:7', 'other', ''].map((id) =>
    bindings.agentOf('acme', id),
  )
  assert.deepEqual(owners, ['amy', 'amy', 'bob', 'bob', 'bob', undefined, undefined])
  assert.equal(bindings.agentOf('other', 'jti:9c1e'), undefined)
})

test('what is bound to two agents is nobody’s, and a name like a member of every object is a name', () => {
  assert.equal(bindings.agentOf('acme', 'twice'), undefined)
  for (const name of ['__proto__', 'constructor', 'toString']) assert.equal(bindings.agentOf(name, name), undefined)
})

test('promise 11: the registry counts before tokens, one token is evidence, two that disagree are none', () => {
  const of = (credential: string, ...proven: string[]) =>
    credentialHolderOf(evidence, { tenant: 'acme', credential, proven })
  assert.deepEqual(of('jti:9c1e', 'eve'), {
    holder: { agent: 'amy', tier: 'high', basis: 'registry' },
    others: ['eve'],
  })
  assert.deepEqual(of('jti:9c1e', 'amy').others, [])
  assert.deepEqual(of('other', 'eve', 'eve'), { holder: { agent: 'eve', tier: 'high', basis: 'token' }, others: [] })
  assert.deepEqual(of('other', 'eve', 'amy'), { others: ['eve', 'amy'] })
  assert.deepEqual(of('other'), { others: [] })
})
