import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent } from '@straylight/schemas/agent'
import { RegisteredNames } from './registered-names.ts'

const registryOf = (...agents: object[]) =>
  new RegisteredNames(agents.map((agent) => Agent.parse({ tenant: 'acme', ...agent })))

test('promise 17: a name is taken for a registered one or an alias of the same tenant, and never for itself', () => {
  const names = registryOf({ agent: 'invoice-bot', aliases: ['svc-42'] }, { agent: 'hd-amy' })
  const alike = (name: string, tenant = 'acme') => names.lookalikeOf(tenant, name)
  assert.deepEqual(alike('inv\u043eice-bot'), { name: 'invoice-bot', agent: 'invoice-bot' })
  assert.deepEqual(alike('INVOICE-BOT')?.agent, 'invoice-bot')
  assert.deepEqual(alike('svc\u200b-42'), { name: 'svc-42', agent: 'invoice-bot' })
  for (const name of ['invoice-bot', 'svc-42', 'svc-43', 'other', '', '__proto__']) assert.equal(alike(name), undefined)
  assert.equal(alike('inv\u043eice-bot', 'other'), undefined)
})

test('registered names that look alike are reported, those of one agent are not', () => {
  const names = registryOf({ agent: 'invoice-bot', aliases: ['Invoice-Bot'] }, { agent: 'b\u043et' }, { agent: 'bot' })
  assert.deepEqual(names.lookalikes(5), ['tenant "acme": bot looks like b\\u{43E}t'])
  assert.deepEqual(registryOf({ agent: 'a' }, { tenant: 'other', agent: 'A' }).lookalikes(5), [])
})
