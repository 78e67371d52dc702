import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import { HistoryLookalikes } from './history-lookalikes.ts'

// Promise 17: history is learnt and not judged, so whoever imports it hears of names that pass for registered ones.

const registry = Registry.parse({ version: 1, agents: ['invoice-bot', 'ledger-bot'].map((agent) => ({ agent })) })
const event = (agent: string, registered = false, tenant = 'default') => ({ tenant, agent, registered })

test('a name that looks like a registered one is said once; registered ones, others and other tenants are not', () => {
  const lookalikes = new HistoryLookalikes(registry)
  for (const one of ['inv\u043eice-bot', 'invoice-agent', 'inv\u043eice-bot']) lookalikes.see(event(one))
  lookalikes.see(event('invoice-bot', true))
  lookalikes.see(event('inv\u043eice-bot', false, 'other'))
  assert.deepEqual(lookalikes.sentences(), ['inv\\u{43E}ice-bot is not registered and looks like invoice-bot'])
})

test('a flood of them is cut after twenty, and every event goes on', async () => {
  const lookalikes = new HistoryLookalikes(Registry.parse({ version: 1, agents: [{ agent: 'o'.repeat(8) }] }))
  const names = Array.from({ length: 100 }, (_, at) =>
    [...'o'.repeat(8)].map((letter, place) => ((at >> place) & 1 ? '\u043e' : letter)).join(''),
  )
  async function* given() {
    for (const name of names) yield event(name)
  }
  const seen = []
  for await (const one of lookalikes.of(given())) seen.push(one.agent)
  assert.deepEqual(seen, names)
  assert.equal(lookalikes.sentences().length, 20)
})
