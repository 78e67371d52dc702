import { readdir, readFile } from 'node:fs/promises'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { z } from 'zod'
import type { Query, Statement, Store } from './store.ts'

/** The store was written by a newer program, or its history of steps is not this program's. */
export class BadStore extends StraylightError {
  override readonly name = 'BadStore'
  override readonly code = 'bad_store'
}

interface Migration {
  readonly version: number
  /** File name without its ending. */
  readonly name: string
  readonly statements: readonly string[]
}

/** Where the steps lie. */
export const migrationsFolder = new URL('../../../../schemas/sql/', import.meta.url)

/**
 * Applies `schemas/sql/NNN_name.sql` in order, each once, forward only; `schema_migrations` remembers. A step that was cut
 * short runs again, so every statement says IF NOT EXISTS; two programs that start at once do no harm.
 * Throws `BadStore` for a store with steps that this program does not have.
 */
export async function migrateStore(store: Store, migrations?: readonly Migration[]): Promise<void> {
  const known = migrations ?? (await readMigrations(migrationsFolder))
  await store.run(createMigrations, {})
  const applied = await store.query(appliedMigrations, {})
  for (const { version, name } of applied) {
    const ours = known.find((migration) => migration.version === version)
    if (ours?.name === name) continue
    throw new BadStore(
      `The store has the step ${version} (${name}), this program ${ours === undefined ? `knows steps up to ${known.at(-1)?.version ?? 0}` : `calls that step ${ours.name}`}. Run the program that wrote it, or a newer one.`,
    )
  }
  const done = new Set(applied.map(({ version }) => version))
  for (const { version, name, statements } of known) {
    if (done.has(version)) continue
    for (const sql of statements) await store.run({ name: `migration ${name}`, sql }, {})
    await store.insert('schema_migrations', [{ version, name }])
  }
}

/** One row a step: a program must know every one of them. No retention: a few dozen rows in the life of a store. */
const createMigrations: Statement<Record<string, never>> = {
  name: 'create schema_migrations',
  sql: `CREATE TABLE IF NOT EXISTS schema_migrations
    (version UInt32, name String, applied_at DateTime('UTC') DEFAULT now())
    ENGINE = ReplacingMergeTree ORDER BY version`,
}

const appliedMigrations: Query<Record<string, never>, { version: number; name: string }> = {
  name: 'applied migrations',
  sql: 'SELECT version, name FROM schema_migrations FINAL ORDER BY version',
  row: z.object({ version: z.number(), name: z.string() }),
}

/** Reads the steps of a folder; statements end with a semicolon at the end of a line. */
export async function readMigrations(from: URL): Promise<Migration[]> {
  const files = (await readdir(from)).filter((file) => file.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const file of files) {
    const version = Number(/^(\d{3})_[a-z_]+\.sql$/.exec(file)?.[1])
    if (!(version > (migrations.at(-1)?.version ?? 0))) {
      throw new BadStore(`${new URL(file, from).pathname}: expected a name NNN_name.sql with a number of its own.`)
    }
    const statements = (await readFile(new URL(file, from), 'utf8'))
      .split(/;\s*$/m)
      .map((statement) => statement.trim())
      .filter((statement) => statement.replace(/--.*$/gm, '').trim() !== '')
    migrations.push({ version, name: file.slice(0, -'.sql'.length), statements })
  }
  return migrations
}
