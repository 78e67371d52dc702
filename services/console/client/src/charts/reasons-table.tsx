import type { Reason } from '@straylight/console/contract/finding-detail'
import type { ReactNode } from 'react'
import { DataTable } from '../parts/data-table.tsx'
import { ShareBar } from './share-bar.tsx'

/** The terms of a score, which sum to it: expected, seen, and how much each adds. */
export function ReasonsTable({ reasons, score }: { reasons: readonly Reason[]; score: number }): ReactNode {
  const largest = Math.max(...reasons.map(({ contribution }) => Math.abs(contribution)), 0.01)
  const sum = reasons.reduce((total, { contribution }) => total + contribution, 0)
  return (
    <>
      <DataTable
        caption="Each reason with what is expected, what was seen, and what it adds to the score"
        rows={reasons}
        keyOf={({ feature }, index) => `${feature} ${index.toString()}`}
        none="No reasons are stored."
        columns={[
          { name: 'Reason', heads: true, cell: ({ title }) => title },
          { name: 'Expected', cell: ({ expected }) => expected },
          { name: 'Seen', cell: ({ seen }) => seen },
          { name: 'Adds (nats)', number: true, cell: ({ contribution }) => signed(contribution) },
          {
            name: 'Size',
            cell: ({ contribution }) => (
              <ShareBar
                share={Math.abs(contribution) / largest}
                mark={contribution < 0 ? 'mark-lower' : 'mark-raise'}
              />
            ),
          },
        ]}
      />
      <p>
        <strong>{`Sum: ${signed(sum)} nats.`}</strong> The score of this event is {score.toFixed(2)} nats. A nat is the
        unit of surprise: 7 nats are one in 1,100.
      </p>
    </>
  )
}

const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`
