import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { features } from '@straylight/models/features/feature'
import { migrateStore } from '@straylight/runtime/store/migrate-store'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { z } from 'zod'
import { evidenceQuery } from './evidence-query.ts'

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
  contributions: features.map(({ name }) => ({ feature: name, contribution: 1 })),
}
const rowsOf = (sql: string) => store.query({ name: 'evidence', sql, row: z.object({ what: z.string() }) }, {})

test('the query of every feature runs', async () => {
  for (const { name } of features) {
    const sql = evidenceQuery({ ...judged, contributions: [{ feature: name, contribution: 1 }] })
    assert.deepEqual(await rowsOf(sql), [], name)
  }
})

test('names of shippers stay names: a person will paste this', async () => {
  const hostile = "x' OR 1=1 --\\' \n\u001b[2J\u007f inv\u043eice\u202e-bot"
  const sql = evidenceQuery({ ...judged, agent: hostile, tenant: hostile, peer_group: hostile })
  assert.ok(!['\u001b', '\u043e', '\u202e'].some((shown) => sql.includes(shown)) && !sql.includes("x' OR"), sql)
  assert.deepEqual(await rowsOf(sql), [])
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
