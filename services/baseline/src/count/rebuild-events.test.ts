import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { type AgentClock, followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import { migrateStore, migrationsFolder, readMigrations } from '@straylight/runtime/store/migrate-store'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { z } from 'zod'
import { fleetEvents } from '../../test-support/small-fleet.ts'
import { countDirtyHours } from './count-hours.ts'
import { type EventRow, eventRow } from './event-row.ts'
import { EventsOfOtherKeys, eventsOfOtherKeys, rebuildEvents, refuseOtherKeys } from './rebuild-events.ts'

const hasher = new ProfileKeyHasher('0123456789abcdef0123456789abcdef')
/** Yesterday: rows older than 180 days would be gone. */
const storedAt = Math.floor(Date.now() / 1000) - 86_400

let directory: string
let store: Store
let rows: EventRow[]
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-rebuild-'))
  store = await openStore({ directory })
  const clocks = new Map<string, AgentClock>()
  rows = fleetEvents({ agents: 5, days: 3, perDay: 12 }).map((event, offset) => {
    const clock = clocks.get(event.agent) ?? newAgentClock()
    clocks.set(event.agent, clock)
    const followed = followSession(clock, event)
    const place = { source: event.position, log: { partition: 0, offset }, log_time: event.time, vetted: false }
    return eventRow({ event, text: JSON.stringify(event), followed }, place, hasher)
  })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** A store as the program before step 20 left it. */
async function oldStore(): Promise<void> {
  const known = await readMigrations(migrationsFolder)
  for (const table of ['events', 'agent_hours', 'schema_migrations'])
    await store.run({ name: 'drop', sql: `DROP TABLE ${table} SYNC` }, {})
  await migrateStore(
    store,
    known.filter(({ version }) => version < 20),
  )
  const old = rows.map(({ key_version: _v, counted: _c, order_context: _o, session_after: _s, ...row }) => ({
    ...{ ...row, stored_at: storedAt },
    ...{ previous_step: 'a/b', after_windows: '[]', told_fields: 3, flow_kinds: ['e'] },
  }))
  await store.insert('events', old)
  await migrateStore(store, known)
}

const Whole = z.record(z.string(), z.unknown())
const stored = () =>
  store.query({ name: 'stored', sql: 'SELECT * EXCEPT stored_at FROM events FINAL ORDER BY ALL', row: Whole }, {})
const ages = () =>
  store.query(
    {
      name: 'ages',
      sql: 'SELECT toUnixTimestamp(min(stored_at)) AS oldest, toUnixTimestamp(max(stored_at)) AS newest FROM events FINAL',
      row: z.object({ oldest: z.number(), newest: z.number() }),
    },
    {},
  )
const counted = () =>
  store.query({ name: 'counted', sql: 'SELECT * EXCEPT stored_at FROM agent_hours FINAL ORDER BY ALL', row: Whole }, {})

test('a store of an older program is refused, and one command rebuilds it into what it would have been', async () => {
  await store.insert('events', rows)
  await countDirtyHours(store)
  const expected = { events: await stored(), hours: await counted() }
  assert.ok(expected.hours.length > 1)
  await refuseOtherKeys(store)

  await oldStore()
  assert.equal((await stored()).length, rows.length)
  await assert.rejects(refuseOtherKeys(store), (error) => {
    assert.ok(error instanceof EventsOfOtherKeys)
    assert.match(error.message, new RegExp(`${rows.length.toLocaleString('en-US')} events .*straylight rebuild`))
    return true
  })
  const cut = new Error('cut short')
  const stop = () => {
    throw cut
  }
  // In pages of less than an agent's events, so that one is cut in its middle and begun again.
  await assert.rejects(rebuildEvents(store, hasher, { onProgress: stop, eventsMax: 25 }), cut)
  assert.equal(await eventsOfOtherKeys(store), rows.length - 25)
  assert.equal(await rebuildEvents(store, hasher, { eventsMax: 25 }), rows.length)
  assert.equal(await eventsOfOtherKeys(store), 0)
  await refuseOtherKeys(store)
  assert.deepEqual(await ages(), [{ oldest: storedAt, newest: storedAt }], 'being made again keeps no event longer')
  await countDirtyHours(store)
  assert.deepEqual({ events: await stored(), hours: await counted() }, expected)
})
