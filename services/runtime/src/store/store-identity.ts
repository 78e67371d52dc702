import { z } from 'zod'
import type { Identified } from './engine-identity.ts'
import type { Query, Statement, Store } from './store.ts'

/** What ties an embedded store to its data folder: one row in a table of its own, kept for good. */
export function storeIdentity(store: Store): Identified {
  return {
    read: async () => {
      const [found] = await store.query(hasTable, {})
      if (found?.tables !== 1) return undefined
      return (await store.query(identity, {}))[0]?.id
    },
    write: async (id) => {
      await store.run(createIdentity, {})
      await store.insert('store_identity', [{ id }])
    },
  }
}

const createIdentity: Statement<Record<string, never>> = {
  name: 'create store_identity',
  sql: `CREATE TABLE IF NOT EXISTS store_identity (id String, made_at DateTime('UTC') DEFAULT now())
    ENGINE = MergeTree ORDER BY id`,
}

const hasTable: Query<Record<string, never>, { tables: number }> = {
  name: 'is there an identity',
  sql: `SELECT count() AS tables FROM system.tables WHERE database = currentDatabase() AND name = 'store_identity'`,
  row: z.object({ tables: z.number() }),
}

const identity: Query<Record<string, never>, { id: string }> = {
  name: 'identity',
  sql: 'SELECT id FROM store_identity ORDER BY made_at, id LIMIT 1',
  row: z.object({ id: z.string() }),
}

/**
 * Parts of tables that the engine could not read at its start and put aside (`detached/broken…`): it goes on without their rows, and says
 * so nowhere else. By table, with their number.
 */
export const brokenParts: Query<Record<string, never>, { table: string; parts: number }> = {
  name: 'broken parts',
  sql: `SELECT table, count() AS parts FROM system.detached_parts
    WHERE database = currentDatabase() AND startsWith(reason, 'broken') GROUP BY table ORDER BY table`,
  row: z.object({ table: z.string(), parts: z.number() }),
}
