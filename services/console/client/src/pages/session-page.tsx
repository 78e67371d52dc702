import type { SessionEvents } from '@straylight/console/contract/session-events'
import type { ReactNode } from 'react'
import { Link, useSearch } from 'wouter'
import { queryText } from '../api/call-api.ts'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { Block } from '../parts/block.tsx'
import { EventsTable } from '../parts/events-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { FedPath } from '../parts/fed-path.tsx'
import { AgentLink, alertAddress } from '../parts/names.tsx'
import { countOf, numberText, spanText } from '../parts/quantity.ts'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'

/** The trace of one session. */
export function SessionPage(): ReactNode {
  const given = new URLSearchParams(useSearch())
  const named = {
    tenant: given.get('tenant') ?? 'default',
    agent: given.get('agent') ?? '',
    session: given.get('session') ?? '',
  }
  const loaded = useLoaded('session', { ...named, cursor: given.get('cursor') ?? undefined })
  useTitle(`Session ${named.session}`)
  return (
    <Shown of={loaded}>
      {(session) => (
        <article className="page">
          <h1>
            Session <code>{session.session}</code>
          </h1>
          <Block title="About">
            <Facts
              of={[
                ['Agent', <AgentLink key="agent" tenant={session.tenant} agent={session.agent} />],
                ['Events', countOf(session.events, 'event')],
                ['Began', <When key="began" ms={session.started_at} seconds />],
                ['Latest event', <When key="latest" ms={session.last_at} seconds />],
                ['Lasted', spanText(session.last_at - session.started_at)],
                ['Judged', judgedText(session)],
                [
                  'Alerts',
                  session.alerts.length === 0
                    ? 'none'
                    : session.alerts.map((id) => (
                        <div key={id}>
                          <Link href={alertAddress(id)}>{id}</Link>
                        </div>
                      )),
                ],
              ]}
            />
          </Block>
          <Block title="What it did">
            <FedPath events={session.items} of={session.items.map(({ event_id }) => event_id)} />
            <EventsTable
              events={session.items}
              tenant={session.tenant}
              agent={session.agent}
              caption="Events of this session in order of time"
            />
            {session.next === null ? null : (
              <Link className="button" href={`/sessions/view${queryText({ ...named, cursor: session.next })}`}>
                Next events
              </Link>
            )}
          </Block>
        </article>
      )}
    </Shown>
  )
}

function judgedText({ items, ended }: SessionEvents): string {
  if (items.length > 0 && items.every(({ history }) => history))
    return 'imported history: learnt as vetted, never judged'
  if (ended === null) return 'it has not ended yet'
  const { usual, highest_risk, highest_score } = ended
  return `${usual ? 'usual' : 'not usual'}: highest risk ${numberText(highest_risk)} σ, highest score ${numberText(highest_score)} nats`
}
