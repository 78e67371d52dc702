import type { AlertDetail } from '@straylight/console/contract/alert-detail'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { ChartFigure } from '../../charts/chart-figure.tsx'
import { FeedArcs } from '../../charts/feed-arcs.tsx'
import { Block } from '../../parts/block.tsx'
import { eventAddress } from '../../parts/names.tsx'
import { When } from '../../parts/when.tsx'

type Provenance = AlertDetail['provenance']

/** Which output fed which argument, as a path through the session that ends at what is reported. */
export function ProvenanceOfAlert({ detail }: { detail: AlertDetail }): ReactNode {
  const { provenance, alert } = detail
  const { calls, feeds, more, sentence } = provenance
  if (sentence === null || calls.length === 0) return null
  const places = new Map(calls.map(({ event_id }, at) => [event_id, at]))
  const steps = new Map(calls.map((call) => [call.event_id, stepText(call)]))
  const arcs = feeds.flatMap(({ from, to }) => {
    const [above, below] = [places.get(from), places.get(to)]
    return above === undefined || below === undefined ? [] : [{ above, below }]
  })
  return (
    <Block title="Where the arguments came from">
      <ChartFigure
        sentence={sentence}
        rows={feeds}
        columns={[
          { name: 'The output of', heads: true, cell: ({ from }) => steps.get(from) ?? from },
          { name: 'went into', cell: ({ to }) => steps.get(to) ?? to },
          { name: 'as its argument', cell: ({ argument }) => argument ?? 'not known any more' },
        ]}
      >
        <div className="feeds">
          <FeedArcs rows={calls.length} arcs={arcs} />
          <ol className="feed-calls">
            {calls.map((call) => (
              <li key={call.event_id} className={call.reported ? 'now' : undefined}>
                <Link href={eventAddress(call.event_id, alert.tenant, alert.agent)}>{stepText(call)}</Link>{' '}
                <span className="soft">
                  {call.time === null ? 'not stored any more' : <When ms={call.time} seconds />}
                  {call.reported ? ', reported' : ''}
                  {takenText(feeds, call.event_id)}
                </span>
              </li>
            ))}
          </ol>
        </div>
      </ChartFigure>
      {more ? (
        <p className="soft">Earlier calls of the session lie on the way as well; the nearest are shown.</p>
      ) : null}
    </Block>
  )
}

const stepText = ({ step, event_id }: Provenance['calls'][number]): string => step ?? `event ${event_id}`

function takenText(feeds: Provenance['feeds'], id: string): string {
  const taken = [...new Set(feeds.flatMap(({ to, argument }) => (to === id && argument !== null ? [argument] : [])))]
  return taken.length === 0 ? '' : `, fed by ${taken.length === 1 ? 'argument' : 'arguments'} ${taken.join(', ')}`
}
