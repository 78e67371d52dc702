import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { tenantHistories } from './tenant-history.ts'

const start = dayMs * 20_000
let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-tenants-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const hour = (tenant: string, at: number, of: { vetted: 0 | 1 | 2; logged?: number; events?: number }) => ({
  ...{ tenant, agent: 'bot', hour: Math.floor(at / hourMs), vetted: of.vetted },
  ...{ families: [], contexts: [], keys: [], counts: [], events: of.events ?? 3, checksum: 1 },
  ...{ first_time: at, last_time: at, first_log_time: of.logged ?? at, last_log_time: of.logged ?? at },
})

test('promise 19: a tenant is known since the log heard of it, and vetted where history was imported', async () => {
  await store.insert('agent_hours', [
    hour('live', start, { vetted: 0 }),
    hour('live', start + dayMs, { vetted: 0 }),
    // Dated years back by its sender: the log has had it since today.
    hour('forged', start - 900 * dayMs, { vetted: 2, logged: start + 5 * dayMs }),
    hour('imported', start - 30 * dayMs, { vetted: 1 }),
    hour('imported', start, { vetted: 0 }),
    hour('empty', start, { vetted: 0, events: 0 }),
  ])
  const histories = await tenantHistories(store)
  assert.deepEqual(histories, [
    { tenant: 'imported', vetted: true, since: start - 30 * dayMs },
    { tenant: 'live', vetted: false, since: start },
    { tenant: 'forged', vetted: false, since: start + 5 * dayMs },
  ])
})
