import type { AgentDetail } from '@straylight/console/contract/agent-detail'
import { unregisteredTier } from '@straylight/schemas/unregistered-tier'
import { type ReactNode, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { HourHeatMap } from '../charts/hour-heat-map.tsx'
import { AlertLink } from '../parts/alert-link.tsx'
import { SeverityBadge } from '../parts/badge.tsx'
import { Block } from '../parts/block.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Facts } from '../parts/facts.tsx'
import { Figures } from '../parts/figures.tsx'
import { alertAddress, orUnknown } from '../parts/names.tsx'
import { NotLearnt } from '../parts/not-learnt.tsx'
import { countOf, countText, numberText, sizeText, wordsOf } from '../parts/quantity.ts'
import { AgentStateBadge, AlertStateBadge } from '../parts/states.tsx'
import { TimedText } from '../parts/timed-text.tsx'
import { useIsPrinted } from '../parts/use-is-printed.ts'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'
import { AgentPeers } from './agent/agent-peers.tsx'
import { AgentRisk } from './agent/agent-risk.tsx'
import { AgentVolumes } from './agent/agent-volumes.tsx'
import { LeastPrivilegeBlock } from './agent/least-privilege-block.tsx'
import { SystemsAndTools } from './agent/systems-and-tools.tsx'
import { WouldAlertBlock } from './agent/would-alert-block.tsx'

/** One agent: who it is, what it usually does, and how that changed. */
export function AgentDetailPage(): ReactNode {
  const given = new URLSearchParams(useSearch())
  const agent = given.get('agent') ?? ''
  const loaded = useLoaded('agent', { tenant: given.get('tenant') ?? 'default', agent })
  useTitle(agent)
  return <Shown of={loaded}>{(detail) => <AgentShown detail={detail} />}</Shown>
}

function AgentShown({ detail }: { detail: AgentDetail }): ReactNode {
  const { agent, state_sentence, revocations } = detail
  return (
    <article className="page">
      <header className="stack">
        <div className="row">
          <AgentStateBadge state={agent.state} />
          {agent.worst_severity === null ? null : <SeverityBadge severity={agent.worst_severity} />}
          <span className="soft">
            {agent.role ?? 'no role'} in {agent.tenant}
          </span>
        </div>
        <h1>{agent.agent}</h1>
        <p>
          <TimedText text={state_sentence} />
        </p>
        {revocations.slice(0, revocationsFirst).map(({ sentence, command_id, alert_id }) => (
          <p key={command_id}>
            <TimedText text={sentence} /> <Link href={alertAddress(alert_id)}>Its alert</Link>
          </p>
        ))}
      </header>
      <Figures
        of={[
          { name: 'highest risk in 7 days (σ)', value: agent.risk === null ? '–' : numberText(agent.risk) },
          { name: 'open alerts', value: countText(agent.open_alerts) },
          { name: 'events stored', value: countText(agent.events) },
          {
            name: 'first seen',
            value: agent.first_seen === null ? 'never' : <When ms={agent.first_seen} ago />,
            small: true,
          },
          {
            name: 'last seen',
            value: agent.last_seen === null ? 'never' : <When ms={agent.last_seen} ago />,
            small: true,
          },
        ]}
      />
      <AgentAlerts detail={detail} />
      <div className="two-to-one">
        <div className="stack">
          <AgentRisk detail={detail} />
          <AgentVolumes detail={detail} />
        </div>
        <div className="stack">
          <WhoItIs detail={detail} />
          <LearntLately detail={detail} />
        </div>
      </div>
      <WouldAlertBlock tenant={agent.tenant} agent={agent.agent} />
      <LeastPrivilegeBlock least={detail.least_privilege} />
      <SystemsAndTools detail={detail} />
      <div className="two-to-one">
        <AgentPeers detail={detail} />
        <Block title="Hours of the week">
          <HourHeatMap hours={detail.hours_of_week} />
        </Block>
      </div>
      <Destinations detail={detail} />
      <Credentials detail={detail} />
    </article>
  )
}

function WhoItIs({ detail }: { detail: AgentDetail }): ReactNode {
  const { agent, aliases, boundary, changes, peer_group } = detail
  return (
    <Block title="Who it is">
      <Facts
        of={[
          ['Owner', orUnknown(agent.owner, agent.registered ? 'nobody: name one in the registry' : 'not registered')],
          ['Tier', orUnknown(agent.tier, unregisteredTier())],
          ['Role', orUnknown(agent.role, 'none')],
          ['Peer group', orUnknown(peer_group, 'none yet')],
          ['Also known as', aliases.length === 0 ? undefined : aliases.join(', ')],
          ['May use', boundary === null ? 'anything: the registry sets no boundary' : boundaryText(boundary)],
          [
            'Announced changes',
            changes.length === 0
              ? undefined
              : changes.map(({ time, what, relearn_days }) => (
                  <div key={`${time} ${what}`}>
                    {wordsOf(what)} from <When ms={Date.parse(time)} /> and learnt for {countOf(relearn_days, 'day')}
                  </div>
                )),
          ],
        ]}
      />
    </Block>
  )
}

function boundaryText({ systems, actions }: NonNullable<AgentDetail['boundary']>): string {
  const parts = [
    systems === null ? 'any system' : `systems ${systems.join(', ')}`,
    actions === null ? 'any action' : `actions ${actions.join(', ')}`,
  ]
  return parts.join('; ')
}

function LearntLately({ detail }: { detail: AgentDetail }): ReactNode {
  const { items } = detail.learnt_lately
  const [isWhole, setWhole] = useState(false)
  const isPrinted = useIsPrinted()
  const shown = isWhole || isPrinted ? items : items.slice(0, learntFirst)
  return (
    <Block title="What did it learn lately?">
      <p className="soft">
        Steps and destinations first seen in the last 7 days of its events. What waits for an answer is not learnt.
      </p>
      {items.length === 0 ? <p>Nothing new: it did what it did before.</p> : null}
      <ul className="plain-list">
        {shown.map(({ kind, name, first_time, events, learnt }) => (
          <li key={`${kind} ${name}`}>
            <code>{name}</code> {learnt ? null : <NotLearnt />}
            <div className="soft">
              new {kind}, <When ms={first_time} ago />, {countOf(events, 'event')} since
            </div>
          </li>
        ))}
      </ul>
      {shown.length === items.length ? null : (
        <div className="no-print">
          <button type="button" onClick={() => setWhole(true)}>
            Show all {countText(items.length)}
          </button>
        </div>
      )}
    </Block>
  )
}

const learntFirst = 6
const revocationsFirst = 3

function AgentAlerts({ detail }: { detail: AgentDetail }): ReactNode {
  const { items, more } = detail.alerts
  const { agent } = detail
  return (
    <Block
      title="Alerts"
      aside={
        more ? (
          <Link href={`/alerts?state=all&search=${encodeURIComponent(`agent:"${agent.agent}"`)}`}>All</Link>
        ) : undefined
      }
    >
      <DataTable
        caption="Alerts of this agent"
        rows={items}
        keyOf={({ id }) => id}
        none="It has no alert of its own."
        columns={[
          { name: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
          { name: 'Alert', heads: true, cell: (row) => <AlertLink alert={row} /> },
          { name: 'State', cell: ({ state }) => <AlertStateBadge state={state} /> },
          { name: 'When', cell: ({ last_seen }) => <When ms={last_seen} ago /> },
        ]}
      />
    </Block>
  )
}

function Destinations({ detail }: { detail: AgentDetail }): ReactNode {
  return (
    <Block title="Where it sends data">
      <DataTable
        caption="Destinations of this agent"
        first={10}
        rows={detail.destinations.items}
        keyOf={({ destination }) => destination}
        none="No event named a destination."
        columns={[
          {
            name: 'Destination',
            heads: true,
            cell: (row) => (
              <>
                <code>{row.destination}</code> {row.events === row.not_learnt ? <NotLearnt /> : null}
              </>
            ),
          },
          { name: 'Side', cell: ({ internal }) => (internal ? 'inside' : 'outside') },
          { name: 'First seen', cell: ({ first_time }) => <When ms={first_time} /> },
          { name: 'Last seen', cell: ({ last_time }) => <When ms={last_time} ago /> },
          { name: 'Days', number: true, cell: ({ days }) => countText(days) },
          { name: 'Events', number: true, cell: ({ events }) => countText(events) },
          { name: 'Not learnt', number: true, cell: ({ not_learnt }) => countText(not_learnt) },
          { name: 'Sent', number: true, cell: ({ sent }) => sizeText(sent) },
        ]}
      />
    </Block>
  )
}

function Credentials({ detail }: { detail: AgentDetail }): ReactNode {
  const { as_of } = detail
  return (
    <Block title="Credentials">
      <DataTable
        caption="Credentials that events of this agent named"
        first={5}
        rows={detail.credentials.items}
        keyOf={({ id }) => id}
        none="No event named a credential."
        columns={[
          { name: 'Credential', heads: true, cell: ({ id }) => <code>{id}</code> },
          { name: 'Whose', cell: ({ bound }) => (bound ? 'its own, by the registry' : 'claimed by its events only') },
          {
            name: 'Issued',
            cell: ({ issued_at }) => (issued_at === null ? 'not reported' : <When ms={issued_at} ago />),
          },
          {
            name: 'Expires',
            cell: ({ expires_at }) =>
              expires_at === null ? (
                'not reported'
              ) : (
                <>
                  {expires_at < as_of ? 'expired ' : ''}
                  <When ms={expires_at} ago />
                </>
              ),
          },
          {
            name: 'Last used',
            cell: ({ last_used_at }) => (last_used_at === null ? '–' : <When ms={last_used_at} ago />),
          },
          { name: 'Events', number: true, cell: ({ events }) => countText(events) },
        ]}
      />
    </Block>
  )
}
