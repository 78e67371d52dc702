import type { EventExplanation } from '@straylight/console/contract/session-events'
import { scoreAndRarity } from '@straylight/console/words/score-and-rarity'
import { sessionsInWords } from '@straylight/console/words/sessions-in-words'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { queryText } from '../api/call-api.ts'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { PastStrip } from '../charts/past-strip.tsx'
import { ReasonsTable } from '../charts/reasons-table.tsx'
import { Badge } from '../parts/badge.tsx'
import { Block } from '../parts/block.tsx'
import { EventsTable } from '../parts/events-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { AgentLink, sessionAddress } from '../parts/names.tsx'
import { countOf, numberText, shareText } from '../parts/quantity.ts'
import { TimedText } from '../parts/timed-text.tsx'
import { useTitle } from '../parts/use-title.ts'

type AgentExplanation = EventExplanation['agents'][number]

/** Why an event alerted, or why it did not. */
export function EventPage(): ReactNode {
  const given = new URLSearchParams(useSearch())
  const event = given.get('event') ?? ''
  useTitle(event === '' ? 'Explain an event' : `Event ${event}`)
  return (
    <div className="page">
      <h1>Why did an event alert, or why not?</h1>
      <EventSearch event={event} />
      {event === '' ? null : (
        <Explained event={event} tenant={given.get('tenant') ?? undefined} agent={given.get('agent') ?? undefined} />
      )}
    </div>
  )
}

function EventSearch({ event }: { event: string }): ReactNode {
  const [wanted, setWanted] = useState(event)
  const [, go] = useLocation()
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault()
    go(`/events/view${queryText({ event: wanted.trim() })}`)
  }
  return (
    <form className="block no-print" onSubmit={submit}>
      <div className="row">
        <label htmlFor="event-id">Event</label>
        <input
          id="event-id"
          required
          maxLength={512}
          className="wide"
          value={wanted}
          onChange={(changed) => setWanted(changed.target.value)}
        />
        <button type="submit">Explain</button>
      </div>
      <p className="soft">The id that its sender gave the event. Each event of a session leads here as well.</p>
    </form>
  )
}

function Explained({
  event,
  tenant,
  agent,
}: {
  event: string
  tenant: string | undefined
  agent: string | undefined
}): ReactNode {
  const loaded = useLoaded('explain', { event, tenant, agent })
  return (
    <Shown of={loaded}>
      {({ agents }) =>
        agents.length === 0 ? (
          <p className="note warn">
            No event of this id is stored. Look at the rejections: it may not have been readable.
          </p>
        ) : (
          agents.map((one) => <AgentExplained key={`${one.tenant} ${one.agent}`} one={one} id={event} />)
        )
      }
    </Shown>
  )
}

function AgentExplained({ one, id }: { one: AgentExplanation; id: string }): ReactNode {
  const { judgement, lines, event, query } = one
  return (
    <>
      <Block title="The answer" aside={judgement === null ? undefined : <JudgementBadge alerts={judgement.alerts} />}>
        {judgement === null ? null : (
          <p>
            <strong>{judgement.alerts ? 'It alerts.' : 'It does not alert.'}</strong>{' '}
            {`${sessionsInWords(judgement.p_value, 'sentence')} ${judgement.p_value < 0.001 ? 'comes' : 'come'} as far as this one; ${shareText(judgement.budget)} may alert.`}
          </p>
        )}
        <Lines lines={lines} open={judgement === null} />
        <Facts
          of={[
            ['Agent', <AgentLink key="agent" tenant={one.tenant} agent={one.agent} />],
            [
              'Session',
              event?.session == null ? undefined : (
                <Link key="session" href={sessionAddress(one.tenant, one.agent, event.session)}>
                  {event.session}
                </Link>
              ),
            ],
            ['Event', <code key="event">{id}</code>],
            ...(judgement === null ? [] : judgementFacts(judgement)),
          ]}
        />
        {judgement === null ? null : <p className="soft">{scoreAndRarity}</p>}
      </Block>
      {event === null ? null : (
        <Block title="The event">
          <EventsTable events={[event]} tenant={one.tenant} agent={one.agent} caption="The event as it is stored" />
        </Block>
      )}
      {judgement === null ? null : (
        <Block title="What the score is made of">
          <ReasonsTable reasons={judgement.reasons} score={judgement.score} />
          {judgement.reasons.map(({ strip, feature, title }) =>
            strip === null ? null : (
              <div key={feature} className="stack">
                <h3>{title}</h3>
                <PastStrip strip={strip} />
              </div>
            ),
          )}
        </Block>
      )}
      {query === null ? null : (
        <details className="block no-print">
          <summary>The counts behind it, as a query of the store</summary>
          <pre>{query}</pre>
        </details>
      )}
    </>
  )
}

/** The explanation word for word; where there is a judgement, the tables below say the same. */
function Lines({ lines, open }: { lines: readonly string[]; open: boolean }): ReactNode {
  return (
    <details open={open}>
      <summary>The whole explanation</summary>
      <ul className="sentences">
        {lines.map((line) => (
          <li key={line}>
            <TimedText text={line} />
          </li>
        ))}
      </ul>
    </details>
  )
}

const JudgementBadge = ({ alerts }: { alerts: boolean }) =>
  alerts ? <Badge tone="high">it alerts</Badge> : <Badge tone="good">it does not alert</Badge>

function judgementFacts(judgement: NonNullable<AgentExplanation['judgement']>): (readonly [string, ReactNode])[] {
  const { score, risk, session_risk } = judgement
  return [
    ['Score', `${numberText(score)} nats`],
    ['Risk', `${numberText(risk)} σ by itself, ${numberText(session_risk)} σ for its session so far`],
    ['Learnt', judgement.quarantined ? 'not yet: it waits for an answer' : 'yes'],
    [
      'Compared with',
      `${countOf(judgement.profile_events, 'event')} of its own over ${numberText(Math.round(judgement.profile_days))} days, and ${countOf(judgement.peers, 'peer')} in ${judgement.peer_group}`,
    ],
    ['Model', `${judgement.model}, knowledge ${judgement.knowledge_version}`],
  ]
}
