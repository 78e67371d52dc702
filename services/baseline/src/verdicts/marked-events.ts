import type { Query, Store } from '@straylight/runtime/store/store'
import { z } from 'zod'

const MarksRow = z.object({
  marks: z.number(),
  spoken: z.number(),
  held: z.number(),
  held_since: z.number(),
})

/** What stands in `held_out`, in numbers: most versions have nothing to release or to correct, and need not ask at length. */
export interface MarkedEvents {
  readonly marks: number
  /** Marks that a person's word made. */
  readonly spoken: number
  /** The earliest log time of an event that is still held; Infinity where none is. */
  readonly heldSince: number
}

const markedEvents: Query<Record<string, never>, z.infer<typeof MarksRow>> = {
  name: 'marks in numbers',
  sql: `
SELECT count() AS marks, countIf(why IN ('verdict_true', 'verdict_false')) AS spoken, countIf(state = 'held') AS held,
  toUnixTimestamp64Milli(minIf(marked_at, state = 'held')) AS held_since
FROM held_out AS marked FINAL`,
  row: MarksRow,
}

export async function markedEventsOf(store: Store): Promise<MarkedEvents> {
  const [row] = await store.query(markedEvents, {})
  if (row === undefined) return { marks: 0, spoken: 0, heldSince: Number.POSITIVE_INFINITY }
  const { marks, spoken, held, held_since } = row
  return { marks, spoken, heldSince: held === 0 ? Number.POSITIVE_INFINITY : held_since }
}
