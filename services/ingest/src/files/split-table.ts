import { rowOf } from '../framing/row-of.ts'
import { twiceNamed } from '../framing/twice-named.ts'
import { createPieceBuilder, type InputSplitter, type Piece } from './piece-builder.ts'

const quote = 0x22
const newline = 0x0a

/** What stands between the columns of a table. */
export type TableSeparator = ',' | ';' | '\t'

/**
 * Rows of a table of values (CSV, RFC 4180) as JSON objects by the names in its first row. Cells may hold line breaks in quotes. An empty cell
 * is nothing; every other one is text, since nothing says what is a number, but for the native form's amounts.
 */
export function createTableSplitter(separator: TableSeparator): InputSplitter {
  const builder = createPieceBuilder()
  let names: readonly string[] | null = null
  let isQuoted = false
  /** The line at hand, and that on which the row at hand began. */
  let [line, begins] = [1, 1]

  /** A row beyond the log's limit comes cut, as it is. */
  function* row(): Iterable<Piece> {
    const piece = builder.take(begins)
    begins = line
    if (piece.value.length === 0) return
    const cells = cellsOf(piece.value.toString('utf8'), separator)
    if (names === null) names = cells.map(columnName)
    else yield Object.keys(piece.headers).length > 0 ? piece : { ...piece, value: objectOf(names, cells, piece.value) }
  }

  return {
    *push(chunk) {
      let start = 0
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at]
        if (byte === quote) isQuoted = !isQuoted
        if (byte !== newline) continue
        line++
        if (isQuoted) continue
        builder.add(chunk.subarray(start, at))
        start = at + 1
        yield* row()
      }
      builder.add(chunk.subarray(start))
    },
    end: row,
  }
}

/** What exports add to a column's name: Log Analytics its zone, Logs Insights a mark. */
const columnName = (name: string): string =>
  name.trim() === '@message' ? 'message' : name.trim().replace(/ \[(?:UTC|[^\]]*\bTime\b[^\]]*)\]$/, '')

/** Columns of the native form that hold amounts. */
const amounts: ReadonlySet<string | undefined> = new Set(['bytes_sent', 'bytes_received', 'records'])

/** A row with more cells than there are columns stays what it is: it is rejected with its bytes. */
function objectOf(names: readonly string[], cells: readonly string[], row: Buffer): Buffer {
  if (cells.length > names.length || twiceNamed(names) !== null) return row
  const filled = cells.map((cell, at) => {
    if (cell === '') return undefined
    return amounts.has(names[at]) && /^\d{1,15}$/.test(cell) ? Number(cell) : cell
  })
  return Buffer.from(JSON.stringify(rowOf(names, filled)))
}

/** The cells of a row: bare up to the next separator, or in quotes, in which two stand for one. */
export function cellsOf(row: string, separator: string): readonly string[] {
  const cells: string[] = []
  for (let at = 0; at <= row.length; at++) {
    if (row[at] === '"') {
      let cell = ''
      for (;;) {
        const end = row.indexOf('"', at + 1)
        cell += row.slice(at + 1, end < 0 ? undefined : end)
        at = end < 0 ? row.length : end + 1
        if (row[at] !== '"') break
        cell += '"'
      }
      cells.push(cell)
      const next = row.indexOf(separator, at)
      at = next < 0 ? row.length : next
    } else {
      const end = row.indexOf(separator, at)
      cells.push(row.slice(at, end < 0 ? undefined : end))
      at = end < 0 ? row.length : end
    }
  }
  return cells
}
