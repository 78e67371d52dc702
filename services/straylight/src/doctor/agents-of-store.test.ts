import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import { Registry } from '@straylight/schemas/agent'
import { checkStoredAgents } from './agents-of-store.ts'

test('doctor names agents that the registry does not, entries never seen, and a domain that may be the own one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-agents-'))
  const store = await openStore({ directory })
  try {
    const row = (agent: string, source_offset: number, destination_keys: string[]) => ({
      ...{ tenant: 't', agent, hour: 400_000, source_topic: 'a', source_partition: 0, source_offset, source_index: 0 },
      ...{ log_partition: 0, log_offset: source_offset, log_time: 1, event_id: String(source_offset) },
      ...{ time: 1_790_000_000_000, vetted: 0, late: 0, system: 's', step: 's/a', destination_keys, event: '{}' },
    })
    await store.insert('events', [
      row('known', 1, ['dana@eu.acme.example', 'files.acme.example']),
      row('stranger', 2, ['m@evil.example', 'report.csv', '/out/a.b']),
    ])
    const agents = ['known', 'typo'].map((agent) => ({ agent, tenant: 't' }))
    const check = await checkStoredAgents(store, Registry.parse({ version: 1, agents }))
    assert.equal(check.state, 'note')
    assert.match(
      check.found,
      /not in the registry: stranger \(tenant t\)\n.*never seen: typo \(tenant t\)\n.*send to acme\.example:/,
    )
    const internal = { domains: ['acme.example'] }
    const all = Registry.parse({
      version: 1,
      internal,
      agents: ['known', 'stranger'].map((agent) => ({ agent, tenant: 't' })),
    })
    assert.deepEqual(await checkStoredAgents(store, all), { state: 'good', found: '2 agents within 30 days' })
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
})
