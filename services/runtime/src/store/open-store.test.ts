import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { BadStore, migrateStore, readMigrations } from './migrate-store.ts'
import { openStore } from './open-store.ts'
import type { Query, Store } from './store.ts'
import { StoreError } from './store-error.ts'

let directory: string
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'straylight-store-'))
  store = await openStore({ directory })
})
after(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

const tables: Query<Record<string, never>, { name: string; comment_free: number }> = {
  name: 'tables',
  sql: `SELECT name, 0 AS comment_free FROM system.tables WHERE database = currentDatabase() ORDER BY name`,
  row: z.object({ name: z.string(), comment_free: z.number() }),
}

test('every table of schemas/sql stands after opening', async () => {
  const names = (await store.query(tables, {})).map(({ name }) => name)
  for (const table of ['events', 'held_out', 'corrections', 'agent_hours', 'profiles', 'partition_checkpoints']) {
    assert.ok(names.includes(table), table)
  }
  for (const table of ['knowledge', 'agent_groups', 'findings', 'alerts', 'revocations', 'verdicts', 'results']) {
    assert.ok(names.includes(table), table)
  }
  for (const table of ['sessions', 'rejections', 'schema_migrations']) assert.ok(names.includes(table), table)
})

const profile: Query<{ agents: string[] }, { agent: string; as_of_offset: number; state: string }> = {
  name: 'profiles of agents',
  sql: 'SELECT agent, as_of_offset, state FROM profiles FINAL WHERE has({agents:Array(String)}, agent) ORDER BY agent',
  row: z.object({ agent: z.string(), as_of_offset: z.number(), state: z.string() }),
}

test('the newest state of a profile wins, in whatever order it is stored, and twice is once', async () => {
  const row = (agent: string, as_of_offset: number) => ({
    tenant: 't',
    agent,
    log_partition: 0,
    as_of_offset,
    knowledge_version: 1,
    state: JSON.stringify({ as_of_offset }),
  })
  const odd = 'a"\'\\😀\n\u0000b'
  await store.insert('profiles', [row(odd, 7), row('b', -1)])
  await store.insert('profiles', [row(odd, 3)])
  await store.insert('profiles', [row(odd, 7)])
  const rows = await store.query(profile, { agents: [odd, 'b'] })
  assert.deepEqual(rows, [
    { agent: odd, as_of_offset: 7, state: '{"as_of_offset":7}' },
    { agent: 'b', as_of_offset: -1, state: '{"as_of_offset":-1}' },
  ])
})

test('numbers up to 2^53 come back as they went', async () => {
  await store.insert('partition_checkpoints', [
    { log_partition: 3, checkpoint_offset: 2 ** 53 - 1, knowledge_version: 1 },
  ])
  const [row] = await store.query(
    {
      name: 'checkpoint',
      sql: 'SELECT checkpoint_offset AS offset FROM partition_checkpoints FINAL WHERE log_partition = 3',
      row: z.object({ offset: z.number() }),
    },
    {},
  )
  assert.equal(row?.offset, 2 ** 53 - 1)
})

test('rows of one form and of several come back as what they say, and what they leave out is unknown or the default', async () => {
  const made = {
    name: 'table',
    sql: 'CREATE TABLE forms (id UInt32, text String, maybe Nullable(String), more String) ENGINE = Memory',
  }
  await store.run(made, {})
  await store.insert('forms', [
    { id: 1, text: 'a', maybe: null },
    { id: 2, text: 'b', maybe: 'x' },
  ])
  await store.insert('forms', [
    { id: 3, text: 'c' },
    { id: 4, more: 'm', text: 'd' },
    { more: 'n', id: 5 },
  ])
  await store.insert('forms', [{ id: 6, text: 'e', maybe: undefined }])
  await store.insert('forms', [])
  const row = z.strictObject({ id: z.number(), text: z.string(), maybe: z.string().nullable(), more: z.string() })
  const rows = await store.query({ name: 'forms', sql: 'SELECT id, text, maybe, more FROM forms ORDER BY id', row }, {})
  assert.deepEqual(
    rows.map(({ id, text, maybe, more }) => [id, text, maybe, more].join('|')),
    ['1|a||', '2|b|x|', '3|c||', '4|d||m', '5|||n', '6|e||'],
  )
  assert.deepEqual(
    rows.map(({ maybe }) => maybe === null),
    [true, false, true, true, true, true],
  )
})

test('an error names the query, the code and what to do', async () => {
  const failure = await store.run({ name: 'count the missing', sql: 'INSERT INTO missing SELECT 1' }, {}).then(
    () => assert.fail('must fail'),
    (error: unknown) => error,
  )
  assert.ok(failure instanceof StoreError)
  assert.equal(failure.query, 'count the missing')
  assert.equal(failure.code, '60')
  assert.match(failure.message, /A table is missing/)
  assert.equal(failure.retriable, false)
})

test('a call that failed does not hold up the next', async () => {
  const calls = [store.query(tables, {}), store.run({ name: 'broken', sql: 'SELEC' }, {}), store.query(tables, {})]
  const results = await Promise.allSettled(calls)
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('a step that this program does not know refuses the store', async () => {
  const known = await readMigrations(new URL('../../../../schemas/sql/', import.meta.url))
  await assert.doesNotReject(migrateStore(store, known))
  await assert.rejects(migrateStore(store, known.slice(0, -1)), BadStore)
  const renamed = known.map((migration) => ({ ...migration, name: `${migration.name}_renamed` }))
  await assert.rejects(migrateStore(store, renamed), /calls that step/)
})

test('a step is applied once', async () => {
  const known = await readMigrations(new URL('../../../../schemas/sql/', import.meta.url))
  const step = { version: 999, name: '999_once', statements: ['CREATE TABLE only_once (a UInt8) ENGINE = Memory'] }
  await migrateStore(store, [...known, step])
  await migrateStore(store, [...known, step])
})

test('a server that does not answer is tried again within the bound, then reported', async () => {
  let calls = 0
  const server = createServer((request, response) => {
    calls++
    request.resume()
    response.destroy()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  try {
    const opening = openStore({ url: `http://127.0.0.1:${address.port}`, database: 'straylight' }, { retryMs: 350 })
    await assert.rejects(opening, (error) => error instanceof StoreError && error.retriable)
    assert.ok(calls > 1, `asked ${calls} times`)
  } finally {
    await new Promise((done) => server.close(done))
  }
})
