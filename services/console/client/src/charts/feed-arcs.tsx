import type { ReactNode } from 'react'

export interface Arc {
  /** Rows from 0: the output of the upper one went into the lower one. */
  readonly above: number
  readonly below: number
}

const rowHeight = 20
const width = 60

/** Arcs beside a list of rows of one height, each from an output down to the call that it fed. Words stand in the list. */
export function FeedArcs({ rows, arcs }: { rows: number; arcs: readonly Arc[] }): ReactNode {
  const middle = (row: number): number => row * rowHeight + rowHeight / 2
  return (
    <svg
      className="feed-arcs"
      viewBox={`0 0 ${width} ${rows * rowHeight}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {arcs.map(({ above, below }) => {
        const reach = width * (1 - 0.9 * Math.min(1, 0.3 + (below - above) / Math.max(rows, 2)))
        const [from, to] = [middle(above), middle(below)]
        return (
          <path
            key={`${above} ${below}`}
            className="mark-feed"
            d={`M ${width} ${from} C ${reach} ${from}, ${reach} ${to}, ${width} ${to}`}
          />
        )
      })}
    </svg>
  )
}
