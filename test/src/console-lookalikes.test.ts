import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { openConsoleRun } from '../test-support/console-run.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

test('promise 17: a name that looks like a registered one is reported where history brought it, and no other name is', async () => {
  const disguised = 'inv\u043eice-bot'
  const agents = ['invoice-bot', 'ledger-bot'].map((agent) => ({ tenant: 'default', agent }))
  const up = await openConsoleRun({ registry: { version: 1, agents } })
  try {
    const names = ['invoice-bot', disguised, 'invoice-agent']
    await up.run
      .baseline()
      .importHistory(historyOf(officeWork({ agents: names, from: Date.now() - 5 * dayMs, days: 3 })))
    await up.run.drain()
    await up.addUser({ name: 'ana', role: 'analyst' })
    const ana = await up.browser('ana')
    const { lookalikes, unregistered } = await ana.ask('registryGaps')
    assert.deepEqual(
      lookalikes.items.map(({ agent, looks_like }) => [agent.agent, looks_like]),
      [[disguised, 'invoice-bot']],
    )
    assert.equal(unregistered.items.length, 2)
    const lack = (await ana.ask('overview')).lacks.find(({ kind }) => kind === 'lookalikes')
    assert.equal(lack?.serious, true)
    assert.equal(lack.sentence, 'inv\\u{43E}ice-bot is not registered and looks like invoice-bot: see Registry gaps.')
  } finally {
    await up.close()
  }
})
