import type { AlertDetail } from '@straylight/console/contract/alert-detail'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Block } from '../../parts/block.tsx'
import { EventsTable } from '../../parts/events-table.tsx'
import { sessionAddress } from '../../parts/names.tsx'

/** What the session did before and after. */
export function EventsAround({ detail }: { detail: AlertDetail }): ReactNode {
  const { alert, events, findings } = detail
  const session = findings[0]?.session
  return (
    <Block
      title="Before and after, in the same session"
      aside={
        session === undefined ? undefined : (
          <Link href={sessionAddress(alert.tenant, alert.agent, session)}>The whole session</Link>
        )
      }
    >
      <EventsTable
        events={events.items}
        tenant={alert.tenant}
        agent={alert.agent}
        marked={findings.map(({ event_id }) => event_id)}
        caption="Events of the session in order of time"
      />
      {events.more_before || events.more_after ? (
        <p className="soft">
          {[events.more_before ? 'more before' : '', events.more_after ? 'more after' : ''].filter(Boolean).join(', ')}:
          the session page has them all.
        </p>
      ) : null}
    </Block>
  )
}
