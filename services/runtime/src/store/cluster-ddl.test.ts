import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { clusterDdl } from './cluster-ddl.ts'
import { migrationsFolder, readMigrations } from './migrate-store.ts'
import { openStore } from './open-store.ts'
import type { Query, Store } from './store.ts'

let folder: string
let store: Store

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-ddl-'))
  store = await openStore({ directory: folder })
})
after(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const formatted: Query<{ sql: string }, { text: string }> = {
  name: 'format',
  sql: 'SELECT formatQuery({sql:String}) AS text',
  row: z.object({ text: z.string() }),
}
const known: Query<{ names: string[] }, { name: string }> = {
  name: 'settings',
  sql: 'SELECT name FROM system.settings WHERE name IN ({names:Array(String)})',
  row: z.object({ name: z.string() }),
}

const withoutComments = (sql: string) => sql.replace(/^ *--.*$/gm, '').trim()
const statementsOf = (sql: string) =>
  sql
    .split(/;\s*$/m)
    .map(withoutComments)
    .filter((statement) => statement !== '')
/** As the engine's own parser writes it down; it throws for what ClickHouse would not read. */
async function parsed(sql: string): Promise<string> {
  const [row] = await store.query(formatted, { sql })
  return row?.text ?? ''
}
const columnsOf = (sql: string) => sql.slice(sql.indexOf('('), sql.indexOf('\n)') + 2)
const tailOf = (sql: string) => sql.slice(sql.indexOf('ORDER BY'))

test('deploy/clickhouse/cluster.sql is current', async () => {
  const written = await readFile(new URL('../../../../deploy/clickhouse/cluster.sql', import.meta.url), 'utf8')
  assert.equal(written, await clusterDdl(), 'run `npm run cluster-ddl`')
})

test('ClickHouse reads every statement for several servers', async () => {
  const statements = statementsOf(await clusterDdl())
  assert.ok(statements.length > 25)
  for (const statement of statements) {
    // What copies rows once is asked of the tables that spread.
    assert.match(await parsed(statement), /ON CLUSTER|^INSERT INTO straylight\./, statement.slice(0, 80))
  }
})

const ofOneServer = (sql: string) =>
  sql.replace(' ON CLUSTER `{cluster}`', '').replaceAll('straylight.', '').replaceAll('_local', '')

test('tables of several servers have the columns, keys and retention of those of one', async () => {
  const clustered = await Promise.all(statementsOf(await clusterDdl()).map(parsed))
  for (const { statements } of await readMigrations(migrationsFolder)) {
    for (const statement of statements) {
      const single = await parsed(withoutComments(statement))
      const altered = /^ALTER TABLE (\w+)\s+\(?((?:ADD|DROP) COLUMN .*?)\)?$/s.exec(single)
      if (altered !== null) {
        const of = (name: string) =>
          clustered.findIndex(
            (sql) => sql.includes(`ALTER TABLE straylight.${name} ON CLUSTER`) && sql.includes(altered[2] ?? '?'),
          )
        assert.ok(
          of(`${altered[1]}_local`) >= 0 && of(`${altered[1]}_local`) < of(`${altered[1]}`),
          `${single}: first where the rows lie`,
        )
        continue
      }
      const view = /^CREATE VIEW IF NOT EXISTS (\w+)/.exec(single)?.[1]
      if (view !== undefined) {
        const own = clustered.find((sql) => sql.startsWith(`CREATE VIEW IF NOT EXISTS straylight.${view} ON CLUSTER`))
        assert.ok(own, `${view} is missing`)
        assert.equal(own.replace(' ON CLUSTER `{cluster}`', '').replaceAll('straylight.', ''), single, view)
        continue
      }
      if (
        /^(CREATE MATERIALIZED VIEW|INSERT INTO|DROP|TRUNCATE) |^ALTER TABLE .*(?: INDEX|\bMODIFY SETTING) /s.test(
          single,
        )
      ) {
        assert.ok(
          clustered.some((sql) => ofOneServer(sql) === single),
          `${single} is missing`,
        )
        continue
      }
      const table = /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(single)?.[1]
      const own = clustered.find((sql) =>
        new RegExp(`^CREATE TABLE IF NOT EXISTS straylight\\.${table}(_local)? ON CLUSTER .*\\n\\(`).test(sql),
      )
      assert.ok(own, `${table} is missing`)
      assert.equal(columnsOf(own), columnsOf(single), table)
      assert.equal(tailOf(own), tailOf(single), table)
    }
  }
})

test("an agent's rows of all tables lie on one shard, and what the program reads is the whole table", async () => {
  const statements = statementsOf(await clusterDdl())
  const locals = statements.flatMap(
    (sql) => /^CREATE TABLE IF NOT EXISTS straylight\.(\w+)_local /.exec(sql)?.[1] ?? [],
  )
  const spread = statements.flatMap((sql) => {
    const found =
      /^CREATE TABLE IF NOT EXISTS straylight\.(\w+) .* AS straylight\.(\w+)\n.*'(\w+)', (sipHash64\(.+\))\);?$/.exec(
        sql,
      )
    return found ? [{ table: found[1], as: found[2], local: found[3], by: found[4] }] : []
  })
  assert.deepEqual(
    spread,
    locals.map((table) => ({ table, as: `${table}_local`, local: `${table}_local`, by: 'sipHash64(tenant, agent)' })),
  )
})

test('the settings that the user needs are settings of ClickHouse', async () => {
  const profile = statementsOf(await clusterDdl()).find((sql) => sql.startsWith('CREATE SETTINGS PROFILE')) ?? ''
  const names = [...profile.matchAll(/(\w+) = /g)].map((match) => match[1] ?? '')
  assert.ok(names.length >= 5)
  const found = (await store.query(known, { names })).map(({ name }) => name)
  assert.deepEqual(found.sort(), names.sort())
})
