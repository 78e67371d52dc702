import { type ReactNode, useState } from 'react'
import { countText } from './quantity.ts'
import { useIsPrinted } from './use-is-printed.ts'

export interface Column<Row> {
  readonly name: string
  readonly number?: boolean
  /** The cell names its row. */
  readonly heads?: boolean
  readonly cell: (row: Row) => ReactNode
}

export interface DataTableProps<Row> {
  readonly caption: string
  readonly hideCaption?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row, index: number) => string | number
  /** So many rows are shown until somebody asks for all. */
  readonly first?: number
  /** What is said where there are no rows. */
  readonly none?: string
}

/** A table with real headers; where it is too narrow each row folds into a card that names its cells. */
export function DataTable<Row>(props: DataTableProps<Row>): ReactNode {
  const { caption, hideCaption = true, columns, rows, keyOf, none, first = rows.length } = props
  const [isWhole, setWhole] = useState(false)
  const isPrinted = useIsPrinted()
  const shown = isWhole || isPrinted ? rows : rows.slice(0, first)
  if (rows.length === 0 && none !== undefined) return <p className="soft">{none}</p>
  return (
    <>
      <table className={`folds ${columns.length > 5 ? 'many' : columns.length > 3 ? 'some' : 'few'}`}>
        <caption className={hideCaption ? 'unseen' : undefined}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, number }) => (
              <th key={name} scope="col" className={number ? 'number' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={keyOf(row, index)}>
              {columns.map((column) => (
                <Cell key={column.name} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === rows.length ? null : (
        <div className="no-print">
          <button type="button" onClick={() => setWhole(true)}>
            Show all {countText(rows.length)}
          </button>
        </div>
      )}
    </>
  )
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }): ReactNode {
  const { name, number, heads, cell } = column
  if (heads) return <th scope="row">{cell(row)}</th>
  return (
    <td className={number ? 'number' : undefined} data-name={name}>
      {cell(row)}
    </td>
  )
}
