import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventShape } from '@straylight/models/event/event-shape'
import { features } from '@straylight/models/features/feature'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import { migrateStore } from '@straylight/runtime/store/migrate-store'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { z } from 'zod'
import { askedCounts, evidenceQuery } from './evidence-query.ts'

let store: Store
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-evidence-'))
  store = await openStore({ directory: folder })
  await migrateStore(store)
})
after(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const judged = {
  ...{ tenant: 'acme', agent: 'bot', partition: 0, offset: 7, knowledge_version: 1, peer_group: '*' },
  time: Date.UTC(2026, 10, 23, 12),
}
const event = {
  ...{ id: 'e1', tenant: 'acme', agent: 'bot', session: 's1', time: judged.time, system: 'erp', action: 'send' },
  ...{ format: 'native', registered: true, content_hash: '0'.repeat(16), parent_agent: 'boss', privilege: 'admin' },
  ...{
    bytes_sent: 9,
    bytes_received: 7,
    records: 3,
    outcome: 'success',
    argument_names: ['to'],
    source: { host: 'h' },
  },
  ...{ destinations: ["d'ana@acme.example"], signals: { guard: 0.9 }, credential: { id: 'c', issued_at: judged.time } },
  ...{ argument_values: { to: ['e:1'] }, result_values: ['e:2'] },
  position: { topic: 'agent.audit.v1', partition: 0, offset: 7, index: 0 },
} as unknown as AgentEvent
const hasher = new ProfileKeyHasher('0'.repeat(32))
const { order } = followSession(newAgentClock(), event)
const askedBy = (...names: string[]) =>
  askedCounts(
    hasher,
    eventShape(event, { ...order, passed: [{ measure: '1h sent', total: 9 }] }),
    names.map((feature) => ({ feature, contribution: 1 })),
  )
const rowsOf = (sql: string) => store.query({ name: 'evidence', sql, row: z.object({ what: z.string() }) }, {})

test('the query of every feature runs', async () => {
  for (const { name } of features) {
    const asked = askedBy(name)
    const rows = await rowsOf(evidenceQuery({ ...judged, asked }))
    assert.deepEqual(rows.map(({ what }) => what).sort(), asked.map(({ what }) => what).sort(), name)
  }
})

test('names of shippers stay names: a person will paste this', async () => {
  const hostile = "x' OR 1=1 --\\' \n\u001b[2J\u007f inv\u043eice\u202e-bot"
  const asked = askedBy('system_new').map((one) => ({ ...one, seen: hostile }))
  const sql = evidenceQuery({ ...judged, agent: hostile, tenant: hostile, peer_group: hostile, asked })
  assert.ok(!['\u001b', '\u043e', '\u202e'].some((shown) => sql.includes(shown)) && !sql.includes("x' OR"), sql)
  assert.equal((await rowsOf(sql)).length, 1)
  const [echoed] = await store.query(
    {
      name: 'echo',
      sql: `SELECT ${/agent = ('(?:[^'\\]|\\.)*')/.exec(sql)?.[1] ?? "''"} AS text`,
      row: z.object({ text: z.string() }),
    },
    {},
  )
  assert.equal(echoed?.text, hostile)
})
