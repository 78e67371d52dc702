import type { Row } from './insert-values.ts'
import { StoreError } from './store-error.ts'

/** What an insert needs to tell a bad row from a store that is unwell. */
export interface InsertAround {
  /** Takes all of the rows or, throwing, none. */
  insert(rows: readonly Row[]): Promise<void>
  /** Whether the table's columns can hold values of the kinds that this row has, whatever they are. */
  holdsForm(row: Row): Promise<boolean>
}

/** So many rows are refused, and none taken, before the table is asked whether it is what this program made. */
const refusedBeforeAsking = 50

export interface RefusedInsert {
  readonly row: Row
  readonly error: StoreError
}

/**
 * Inserts rows, and where ClickHouse refuses some for what they hold, all the others: the batch is halved until each refused row stands
 * alone. Returns those. Anything but a fault of the data (connection, rights, no table, no room) is thrown, and then some rows may stand.
 *
 * When not one row was taken, the table may be what is wrong, not the rows: its columns are asked. If they can't hold what rows are made
 * of, the error is thrown, and nothing is set aside for a table that somebody altered. However many rows are bad, those of others
 * are stored: a share beyond which all would be given up would be a way to blind everybody.
 *
 * Bound: below two inserts a row, each half the size of the one before.
 */
export async function insertAroundRefused(rows: readonly Row[], around: InsertAround): Promise<RefusedInsert[]> {
  const refused: RefusedInsert[] = []
  const parts: (readonly Row[])[] = [rows]
  let taken = 0
  let isWell = false
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    try {
      await around.insert(part)
      taken += part.length
      continue
    } catch (error) {
      if (!(error instanceof StoreError) || !error.isOfData) throw error
      if (part.length > 1) {
        const half = part.length >> 1
        parts.push(part.slice(half), part.slice(0, half))
        continue
      }
      refused.push({ row: part[0] as Row, error })
    }
    if (taken > 0 || isWell || (refused.length < refusedBeforeAsking && parts.length > 0)) continue
    const { row, error } = refused[0] as RefusedInsert
    isWell = await around.holdsForm(row)
    if (!isWell) throw ofTable(error)
  }
  return refused
}

function ofTable({ query, code, said }: StoreError): StoreError {
  const why = `the table is not what this program made: its columns can't hold what rows are made of: ${said}`
  return new StoreError(query, Object.assign(new Error(why), { code }))
}
