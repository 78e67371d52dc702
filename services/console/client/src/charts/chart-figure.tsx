import type { ReactNode } from 'react'
import { type Column, DataTable } from '../parts/data-table.tsx'

export interface ChartFigureProps<Row> {
  /** What the picture shows, in one sentence. */
  readonly sentence: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly children: ReactNode
}

/** A picture with its sentence and the same numbers as a table. */
export function ChartFigure<Row>({ sentence, columns, rows, children }: ChartFigureProps<Row>): ReactNode {
  return (
    <figure>
      {children}
      <figcaption>{sentence}</figcaption>
      <details className="no-print">
        <summary>Show as a table</summary>
        <DataTable caption={sentence} columns={columns} rows={rows} keyOf={(_row, index) => index} none="No numbers." />
      </details>
    </figure>
  )
}
