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
  const sharded = new Set(statements.flatMap(shardedTable))
  return `${[heading, schemaMigrations, ...statements.map((statement) => clustered(statement, sharded))].join('\n\n')}\n`
}

const made = /^CREATE TABLE IF NOT EXISTS (\w+)\n/
const withAgent = /^ {4}agent String,$/m

/** The table that a statement makes, where its rows are spread by agent. */
function shardedTable(statement: string): string[] {
  const sql = withoutReasons(statement)
  return withAgent.test(sql) ? [made.exec(sql)?.[1] ?? []].flat() : []
}

/** They stand in schemas/sql, and nobody should have to read them twice. */
const withoutReasons = (statement: string): string => statement.replace(/^ *--.*\n|^\n/gm, '').trim()

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

/**
 * Rows that one table copies into another, each server of what it holds: an agent's rows of both lie on one shard, and a table without an agent
 * is the same on all of them.
 */
const clusteredCopy = (copy: { view: string; to: string; columns: string; from: string; which: string }): string =>
  `CREATE MATERIALIZED VIEW IF NOT EXISTS straylight.${copy.view} ON CLUSTER '{cluster}' TO straylight.${copy.to} AS
SELECT ${copy.columns}
FROM straylight.${copy.from}_local ${copy.which};`

/** What is changed or dropped on every server by itself: indexes and blocks lie with the rows, and what is gone is gone from both tables. */
function clusteredChange(sql: string, sharded: ReadonlySet<string>): string | undefined {
  const [, action, kind, name, rest] =
    /^(ALTER TABLE|DROP (TABLE|VIEW) IF EXISTS|TRUNCATE TABLE IF EXISTS) (\w+)(?: ((?:(?:ADD|MATERIALIZE) INDEX|MODIFY SETTING) [^;]+))?$/.exec(
      sql,
    ) ?? []
  if (action === undefined || name === undefined) return undefined
  const [local, whole] = [
    sharded.has(name) ? `${name}_local` : name,
    sharded.has(name) && kind === 'TABLE' ? [name] : [],
  ]
  return [...whole, local]
    .map((one) => `${action} straylight.${one} ON CLUSTER '{cluster}'${rest === undefined ? '' : ` ${rest}`};`)
    .join('\n\n')
}

/** Throws for a statement that it can't turn: then this file has to learn about it. */
function clustered(statement: string, sharded: ReadonlySet<string>): string {
  const sql = withoutReasons(statement)
  const column = /^ALTER TABLE (events|agent_hours|alerts) ((?:ADD COLUMN IF NOT|DROP COLUMN IF) EXISTS [^;]+)$/.exec(
    sql,
  )
  if (column?.[1] !== undefined && column[2] !== undefined) return clusteredColumns(column[1], column[2])
  const view = /^CREATE VIEW IF NOT EXISTS (\w+) AS\n(.+)$/s.exec(sql)
  if (view?.[1] !== undefined && view[2] !== undefined) return clusteredView(view[1], view[2])
  const copy =
    /^CREATE MATERIALIZED VIEW IF NOT EXISTS (?<view>\w+) TO (?<to>\w+) AS\nSELECT (?<columns>.+)\nFROM (?<from>\w+) (?<which>(?:WHERE|GROUP BY) [^\n]+)$/s.exec(
      sql,
    )?.groups
  if (copy !== undefined) {
    const { view = '', to = '', columns = '', from = '', which = '' } = copy
    return clusteredCopy({ view, columns, from, which, to: sharded.has(to) ? `${to}_local` : to })
  }
  // Asked of the tables that spread: it runs once, on one server.
  if (sql.startsWith('INSERT INTO ')) return `${sql.replace(/\b(INTO|FROM) (?=[a-z])/g, '$1 straylight.')};`
  return clusteredChange(sql, sharded) ?? clusteredTable(sql, sharded)
}

function clusteredTable(sql: string, sharded: ReadonlySet<string>): string {
  const table = made.exec(sql)?.[1]
  const engine = /^ENGINE = (Replacing|Aggregating)MergeTree(?:\((\w+)\))?$/m.exec(sql)
  if (table === undefined || engine === null) {
    throw new Error(`schemas/sql: can't put this on several servers: ${sql.slice(0, 80)}`)
  }
  const version = engine[2] === undefined ? '' : `, ${engine[2]}`
  const spreads = sharded.has(table)
  const place = spreads ? "'{shard}/{database}/{table}', '{replica}'" : "'all/{database}/{table}', '{shard}-{replica}'"
  const replicated = `ENGINE = Replicated${engine[1]}MergeTree(${place.replace("'", "'/clickhouse/tables/")}${version})`
  const local = spreads ? `${table}_local` : table
  const own = sql
    .replace(/^CREATE TABLE IF NOT EXISTS \w+/, `CREATE TABLE IF NOT EXISTS straylight.${local} ON CLUSTER '{cluster}'`)
    .replace(engine[0], replicated)
  if (!spreads) return `${own};`
  return `${own};

CREATE TABLE IF NOT EXISTS straylight.${table} ON CLUSTER '{cluster}' AS straylight.${local}
ENGINE = Distributed('{cluster}', 'straylight', '${local}', sipHash64(tenant, agent));`
}
