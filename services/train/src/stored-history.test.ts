import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { storedHistory } from './stored-history.ts'

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-stored-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

let offset = 0
function rowsOf(of: {
  agent: string
  events: number
  days: number
  tenant?: string
  registered?: boolean
  vetted?: 0 | 1
}) {
  const { agent, events, days, tenant = 'acme', registered = false, vetted = 0 } = of
  return Array.from({ length: events }, (_, at) => {
    const time = 1_790_000_000_000 + Math.round((at / Math.max(1, events - 1)) * days * dayMs)
    const place = { source_topic: 'agent.audit.v1', source_partition: 0, source_offset: ++offset, source_index: 0 }
    return {
      ...{
        tenant,
        agent,
        hour: Math.floor(time / hourMs),
        ...place,
        log_partition: 0,
        log_offset: offset,
        time,
        vetted,
      },
      event: JSON.stringify({ id: `e${offset}`, tenant, agent, registered }),
    }
  })
}

test('promise 11: what is trained on is the history of agents that count, so that made-up ones say nothing of ordinary sessions', async () => {
  await store.insert('events', [
    ...rowsOf({ agent: 'registered', events: 3, days: 0, registered: true }),
    ...rowsOf({ agent: 'imported', events: 3, days: 0, vetted: 1 }),
    ...rowsOf({ agent: 'long', events: 20, days: 8 }),
    ...rowsOf({ agent: 'busy', events: 50, days: 1 }),
    ...Array.from({ length: 40 }, (_, at) => rowsOf({ agent: `made-up-${at}`, events: 1, days: 0 })).flat(),
    ...rowsOf({ agent: 'nobody-known', tenant: 'other', events: 2, days: 0 }),
  ])
  const events = await storedHistory(store, { events: 20, days: 7 })
  const counts = new Map<string, number>()
  for (const { agent } of events) counts.set(agent, (counts.get(agent) ?? 0) + 1)
  assert.deepEqual(
    [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['imported', 3],
      ['long', 20],
      ['nobody-known', 2],
      ['registered', 3],
    ],
  )
})
