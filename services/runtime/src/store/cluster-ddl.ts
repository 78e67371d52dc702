import { migrationsFolder, readMigrations } from './migrate-store.ts'

/**
 * The text of `deploy/clickhouse/cluster.sql`: the tables of `schemas/sql` for a ClickHouse of several shards and replicas.
 * Made from the same files that a single server gets, so that columns, keys and retention are the same.
 *
 * A table with an agent becomes two: `NAME_local` on every server, replicated, and `NAME`, which spreads rows by tenant and
 * agent. All of an agent's rows, of whatever table, lie on one shard: so FINAL sees all versions of a row, and a join by agent
 * stays on its shard. A table without an agent is small and stands whole on every server.
 */
export async function clusterDdl(): Promise<string> {
  const statements = (await readMigrations(migrationsFolder)).flatMap((migration) => migration.statements)
  return `${[heading, schemaMigrations, ...statements.map(clustered)].join('\n\n')}\n`
}

const heading = `-- The tables of Straylight for a ClickHouse of several shards and replicas.
-- Written by \`npm run cluster-ddl\` from schemas/sql, where each table has its reasons. Replace \`straylight\` if
-- CLICKHOUSE_DATABASE is another name. Run it before the first start, and the new one before each upgrade: the program makes
-- what is missing, and would make it on one server only.
--
-- Every server needs the macros {cluster}, {shard} and {replica}.

CREATE DATABASE IF NOT EXISTS straylight ON CLUSTER '{cluster}';

-- What the program's user needs; the reasons stand in deploy/README.md, "ClickHouse with shards and replicas".
CREATE SETTINGS PROFILE IF NOT EXISTS straylight ON CLUSTER '{cluster}' SETTINGS
    distributed_foreground_insert = 1,
    insert_quorum = 2,
    insert_deduplicate = 0,
    distributed_product_mode = 'local',
    load_balancing = 'in_order';`

/** Which steps have run: the same on every server. The program makes it by itself on a single one (`migrate-store.ts`). */
const schemaMigrations = `-- schema_migrations: which steps have run; the same on every server.
CREATE TABLE IF NOT EXISTS straylight.schema_migrations ON CLUSTER '{cluster}'
(version UInt32, name String, applied_at DateTime('UTC') DEFAULT now())
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}') ORDER BY version;`

/** Columns more or less: on every server's own table first, then on the one that spreads. The tables that change so far have an agent. */
function clusteredColumns(table: string, change: string): string {
  return [`${table}_local`, table]
    .map((name) => `ALTER TABLE straylight.${name} ON CLUSTER '{cluster}' ${change};`)
    .join('\n\n')
}

/** A view is the same on every server; what it reads spreads by itself. */
function clusteredView(view: string, select: string): string {
  const read = select.replace(/\b(FROM|JOIN) (?=[a-z])/g, '$1 straylight.')
  return `CREATE VIEW IF NOT EXISTS straylight.${view} ON CLUSTER '{cluster}' AS\n${read};`
}

/** Rows that one table copies into another: each server of what it holds, since an agent's rows of both lie on one shard. */
function clusteredCopy(view: string, to: string, columns: string, from: string, where: string): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.${view} ON CLUSTER '{cluster}' TO straylight.${to}_local AS
SELECT ${columns}
FROM straylight.${from}_local ${where};`
}

/** Throws for a statement that it can't turn: then this file has to learn about it. */
function clustered(statement: string): string {
  // Without the reasons: they stand in schemas/sql, and nobody should have to read them twice.
  const sql = statement.replace(/^ *--.*\n|^\n/gm, '').trim()
  const column = /^ALTER TABLE (events|agent_hours|alerts) ((?:ADD COLUMN IF NOT|DROP COLUMN IF) EXISTS [^;]+)$/.exec(
    sql,
  )
  if (column?.[1] !== undefined && column[2] !== undefined) return clusteredColumns(column[1], column[2])
  const view = /^CREATE VIEW IF NOT EXISTS (\w+) AS\n(.+)$/s.exec(sql)
  if (view?.[1] !== undefined && view[2] !== undefined) return clusteredView(view[1], view[2])
  const copy =
    /^CREATE MATERIALIZED VIEW IF NOT EXISTS (\w+) TO (\w+) AS\nSELECT (.+)\nFROM (\w+) (WHERE [^\n]+)$/s.exec(sql)
  const [, name, to, columns, from, where] = copy ?? []
  if (name !== undefined && to !== undefined && columns !== undefined && from !== undefined && where !== undefined)
    return clusteredCopy(name, to, columns, from, where)
  // Asked of the tables that spread: it runs once, on one server.
  if (sql.startsWith('INSERT INTO ')) return `${sql.replace(/\b(INTO|FROM) (?=[a-z])/g, '$1 straylight.')};`
  const table = /^CREATE TABLE IF NOT EXISTS (\w+)\n/.exec(sql)?.[1]
  const engine = /^ENGINE = ReplacingMergeTree(?:\((\w+)\))?$/m.exec(sql)
  if (table === undefined || engine === null) {
    throw new Error(`schemas/sql: can't put this on several servers: ${sql.slice(0, 80)}`)
  }
  const version = engine[1] === undefined ? '' : `, ${engine[1]}`
  const sharded = /^ {4}agent String,$/m.test(sql)
  const place = sharded ? "'{shard}/{database}/{table}', '{replica}'" : "'all/{database}/{table}', '{shard}-{replica}'"
  const replicated = `ENGINE = ReplicatedReplacingMergeTree(${place.replace("'", "'/clickhouse/tables/")}${version})`
  const local = sharded ? `${table}_local` : table
  const own = sql
    .replace(/^CREATE TABLE IF NOT EXISTS \w+/, `CREATE TABLE IF NOT EXISTS straylight.${local} ON CLUSTER '{cluster}'`)
    .replace(engine[0], replicated)
  if (!sharded) return `${own};`
  return `${own};

CREATE TABLE IF NOT EXISTS straylight.${table} ON CLUSTER '{cluster}' AS straylight.${local}
ENGINE = Distributed('{cluster}', 'straylight', '${local}', sipHash64(tenant, agent));`
}
