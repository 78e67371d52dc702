import type { ReactNode } from 'react'

/** A bar in a table's cell; the number stands beside it. `share`: 0 to 1 of the cell's width. */
export function ShareBar({ share, mark = 'mark-past' }: { share: number; mark?: string }): ReactNode {
  const width = Math.max(0, Math.min(1, share)) * 100
  return (
    <svg className="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect className="mark-track" width={100} height={10} rx={1} />
      <rect className={mark} width={width} height={10} rx={1} />
    </svg>
  )
}
