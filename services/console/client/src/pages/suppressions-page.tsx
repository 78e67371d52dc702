import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AgentLink, alertAddress } from '../parts/names.tsx'
import { numberText, wordsOf } from '../parts/quantity.ts'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'

/** What false verdicts keep quiet: by whom, why, until when. */
export function SuppressionsPage(): ReactNode {
  const loaded = useLoaded('suppressions', {})
  useTitle('Suppressions')
  return (
    <div className="page">
      <h1>Suppressions</h1>
      <p>
        A false verdict keeps the like of it quiet for a time, up to a score. A later true verdict on the same lifts it.
      </p>
      <Shown of={loaded}>
        {({ items, more, knowledge_version }) => (
          <section className="block" aria-label="Suppressions">
            <DataTable
              caption="Suppressions, those that end soonest first"
              rows={items}
              keyOf={({ verdict_id }, index) => `${verdict_id} ${index.toString()}`}
              none="Nothing is kept quiet."
              columns={[
                {
                  name: 'What is kept quiet',
                  heads: true,
                  cell: ({ cause, target }) => `${wordsOf(cause)}${target === '' ? '' : `: ${target}`}`,
                },
                {
                  name: 'Agent',
                  cell: ({ tenant, agent }) => (agent === '*' ? 'all' : <AgentLink tenant={tenant} agent={agent} />),
                },
                { name: 'Up to (nats)', number: true, cell: ({ score_max }) => numberText(score_max) },
                { name: 'By', cell: ({ issuer }) => issuer },
                { name: 'Why', cell: ({ reason }) => reason },
                { name: 'Until', cell: ({ until }) => <When ms={until} /> },
                { name: 'Alert', cell: ({ alert_id }) => <Link href={alertAddress(alert_id)}>the alert</Link> },
              ]}
            />
            <p className="soft">
              In knowledge version {knowledge_version}.{more ? ' There are more than these.' : ''}
            </p>
          </section>
        )}
      </Shown>
    </div>
  )
}
