import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import type { SetAsideRow } from './set-aside-row.ts'

// Promise 10: a row that the store refuses is set aside with its reason, and the others are stored.

let directory: string
let store: Store
const reported: SetAsideRow[] = []
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-set-aside-'))
  store = await openStore({ directory }, { onSetAside: (rows) => reported.push(...rows) })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const profile = (agent: string, as_of_offset: unknown) => ({
  ...{ tenant: 't', agent, log_partition: 3, as_of_offset, knowledge_version: 1, state: '{}' },
})
const Aside = z.object({
  stage: z.string(),
  target_table: z.string(),
  topic: z.string(),
  log_partition: z.number(),
  log_offset: z.number(),
  item_index: z.number(),
  code: z.string(),
  reason: z.string(),
  length_bytes: z.number(),
  sha256: z.string(),
  head_base64: z.string(),
})
const asides = () =>
  store.query(
    {
      name: 'what was set aside',
      sql: `SELECT ${Object.keys(Aside.shape).join(', ')} FROM set_aside FINAL ORDER BY target_table, log_offset`,
      row: Aside,
    },
    {},
  )
const agents = async () => {
  const row = z.object({ agent: z.string() })
  const sql = 'SELECT DISTINCT agent FROM profiles ORDER BY agent'
  return (await store.query({ name: 'agents', sql, row }, {})).map(({ agent }) => agent)
}

test('half of a pair in any text column, at any cut of it, is stored as U+FFFD and refused by nobody', async () => {
  const whole = 'a😀😀b'
  const cuts = Array.from({ length: whole.length + 1 }, (_, at) => [whole.slice(0, at), whole.slice(at)]).flat()
  await store.run(
    { name: 'table', sql: 'CREATE TABLE texts (id UInt32, one String, many Array(String)) ENGINE = Memory' },
    {},
  )
  const rows = cuts.map((text, id) => ({ id, one: text, many: ['x', text] }))
  await store.insert('texts', rows)
  await store.insert('texts', [
    { id: 1_000, one: '\udc00', many: undefined },
    { id: 1_001, many: ['\ud800'] },
  ])
  const row = z.object({ one: z.string(), many: z.array(z.string()) })
  const found = await store.query({ name: 'texts', sql: 'SELECT one, many FROM texts ORDER BY id', row }, {})
  const mended = cuts.map((text) => ({ one: text.toWellFormed(), many: ['x', text.toWellFormed()] }))
  assert.deepEqual(found, [...mended, { one: '\ufffd', many: [] }, { one: '', many: ['\ufffd'] }])
  assert.equal(reported.length, 0)
})

test('a refused row is set aside with its place and reason, once however often it comes, and the others are stored', async () => {
  const rows = [profile('a', 1), profile('bad', 1.5), profile('b', 2), profile('worse', 'no number'), profile('c', 3)]
  await store.insert('profiles', rows)
  await store.insert('profiles', rows)
  assert.deepEqual(await agents(), ['a', 'b', 'c'])
  const found = await asides()
  assert.equal(found.length, 2)
  assert.deepEqual(
    found.map(({ stage, target_table, topic, log_partition, code }) => [
      stage,
      target_table,
      topic,
      log_partition,
      code,
    ]),
    Array.from({ length: 2 }, () => ['score', 'profiles', 'agent.events.v1', 3, 'refused_by_store']),
  )
  const kept = found.map(({ head_base64 }) => JSON.parse(Buffer.from(head_base64, 'base64').toString()))
  assert.deepEqual(kept.map(({ agent }) => agent).sort(), ['bad', 'worse'])
  for (const { reason, length_bytes, head_base64 } of found) {
    assert.match(reason, /insert into profiles.*\((27|72)\)/)
    assert.equal(Buffer.from(head_base64, 'base64').length, length_bytes)
  }
  assert.deepEqual(new Set(reported.map(({ target_table }) => target_table)), new Set(['profiles']))
})

test('of a row without end so much is kept as is bounded, with its whole length', async () => {
  await store.insert('profiles', [{ ...profile('long', 1.5), state: 'x'.repeat(200_000) }, profile('d', 4)])
  const long = (await asides()).find(({ length_bytes }) => length_bytes > 200_000)
  assert.equal(Buffer.from(long?.head_base64 ?? '', 'base64').length, 65_536)
})

test('what is no fault of a row stops the insert, with nothing set aside', async () => {
  const before = (await asides()).length
  await assert.rejects(store.insert('nowhere', [{ id: 1 }]), /\(60\)/)
  await assert.rejects(store.insert('profiles', [{ ...profile('e', 1), no_such_column: 1 }]), /\(16\)/)
  assert.equal((await asides()).length, before)
})

test('a batch of bad rows alone is set aside, however long, and the next is stored', async () => {
  const before = (await asides()).length
  await store.insert(
    'profiles',
    Array.from({ length: 70 }, (_, n) => profile(`alone ${n}`, n + 0.5)),
  )
  assert.equal((await asides()).length, before + 70)
  await store.insert('profiles', [profile('f', 5)])
  assert.ok((await agents()).includes('f'))
})

test('a table that somebody altered sets nothing aside: no row of it is bad', async () => {
  await store.run({ name: 'altered', sql: 'CREATE TABLE altered (tenant UUID, agent String) ENGINE = Memory' }, {})
  const before = (await asides()).length
  const rows = Array.from({ length: 80 }, (_, n) => ({ tenant: `no uuid ${n}`, agent: 'a' }))
  for (const some of [rows, rows.slice(0, 1)])
    await assert.rejects(store.insert('altered', some), /not what this program made/)
  assert.equal((await asides()).length, before)
})
