import type { ConsoleHealth } from '@straylight/console/contract/health'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { Badge } from '../parts/badge.tsx'
import { Block } from '../parts/block.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { countOf, countText, numberText } from '../parts/quantity.ts'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'

/** How Straylight itself is. */
export function HealthPage(): ReactNode {
  const loaded = useLoaded('health', {})
  useTitle('Health')
  return (
    <div className="page">
      <div className="head">
        <h1>Health</h1>
        <button type="button" className="no-print" onClick={loaded.reload}>
          Load again
        </button>
      </div>
      <Shown of={loaded}>{(health) => <HealthShown health={health} />}</Shown>
    </div>
  )
}

function HealthShown({ health }: { health: ConsoleHealth }): ReactNode {
  const { ready, reasons, notes, lag, knowledge, store, questions } = health
  return (
    <>
      <div className={ready === false ? 'note grave' : 'note good'}>
        <p>
          <strong>
            {ready === null
              ? 'This process runs no stage and cannot say whether it is ready.'
              : ready
                ? 'Ready.'
                : 'Not ready.'}
          </strong>{' '}
          As of <When ms={health.as_of} seconds />.
        </p>
        {[...reasons, ...notes].map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      <div className="columns">
        <Block title="The program" aside={<Badge tone="quiet">{health.version}</Badge>}>
          <Facts
            of={[
              ['Deployment', health.name],
              ['Runs since', <When key="since" ms={health.started_at} ago />],
              ['Stages here', health.stages.length === 0 ? 'none' : health.stages.join(', ')],
              ['Log', health.log],
              ['Store', `${store.kind}, ${countOf(store.events, 'event')}`],
              [
                'Newest event',
                store.newest_event_at === null ? 'none' : <When key="newest" ms={store.newest_event_at} ago />,
              ],
              [
                'Rejected in 7 days',
                <Link key="rejected" href="/rejections">
                  {countText(health.rejections_7_days)}
                </Link>,
              ],
              ['Set aside in 30 days', countText(health.set_aside_30_days)],
            ]}
          />
        </Block>
        <Block title="What it knows">
          {knowledge === null ? (
            <p>No knowledge version is there yet: it learns.</p>
          ) : (
            <Facts
              of={[
                ['Knowledge version', countText(knowledge.version)],
                ['Made', <When key="made" ms={knowledge.made_at} ago />],
                ['Learnt until', <When key="until" ms={knowledge.learnt_until} />],
                ['Model', knowledge.model],
              ]}
            />
          )}
        </Block>
        <Block title="Still to be read">
          <DataTable
            caption="Records that each stage has yet to read"
            rows={lag}
            keyOf={({ stage }) => stage}
            none="No stage runs here."
            columns={[
              { name: 'Stage', heads: true, cell: ({ stage }) => stage },
              {
                name: 'Records',
                number: true,
                cell: ({ records }) => (records === null ? 'not measured' : countText(records)),
              },
            ]}
          />
        </Block>
        <Block title="This console">
          <Facts
            of={[
              [
                'Questions that wait',
                `${countText(questions.waiting)}, of one tenant at most ${countText(questions.waiting_max)}`,
              ],
              [
                '95 % answered within',
                questions.answer_ms_p95 === null ? 'not measured yet' : `${numberText(questions.answer_ms_p95)} ms`,
              ],
            ]}
          />
        </Block>
      </div>
    </>
  )
}
