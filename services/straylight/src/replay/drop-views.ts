import type { Query, Statement, Store } from '@straylight/runtime/store/store'
import { z } from 'zod'

/** What it fills `baseline` reads: which agents came lately, and which have gone (renames). */
const readByStages = 'agent_sightings_copy'

const copyingViews: Query<Record<string, never>, { view: string }> = {
  name: 'views that copy rows',
  sql: `SELECT name AS view FROM system.tables
WHERE database = currentDatabase() AND engine = 'MaterializedView' AND name != '${readByStages}' ORDER BY name`,
  row: z.object({ view: z.string() }),
}

const dropView: Statement<{ view: string }> = {
  name: 'drop a view',
  sql: 'DROP VIEW IF EXISTS {view:Identifier}',
}

/**
 * Has a store keep nothing for people to look at: the views that add up each insert for the console's pages cost as much as storing the rows. For
 * stores that are thrown away alone; no stage reads what those fill that go.
 */
export async function dropViews(store: Store): Promise<void> {
  for (const { view } of await store.query(copyingViews, {})) await store.run(dropView, { view })
}
