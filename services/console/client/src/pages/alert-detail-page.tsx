import type { AlertDetail } from '@straylight/console/contract/alert-detail'
import { scoreAndRarity } from '@straylight/console/words/score-and-rarity'
import { unregisteredTier } from '@straylight/schemas/unregistered-tier'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { useAlertStream } from '../api/alert-stream.ts'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { useShortcuts } from '../keyboard/shortcuts.tsx'
import { SeverityBadge } from '../parts/badge.tsx'
import { Block } from '../parts/block.tsx'
import { Facts } from '../parts/facts.tsx'
import { AgentLink, orUnknown } from '../parts/names.tsx'
import { countOf, numberText, wordsOf } from '../parts/quantity.ts'
import { AlertStateBadge, closeReasonText } from '../parts/states.tsx'
import { sentencesOf } from '../parts/summary.tsx'
import { TimedText } from '../parts/timed-text.tsx'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'
import { AlertActions } from './alert/alert-actions.tsx'
import { AlikeAlerts } from './alert/alike-alerts.tsx'
import { AssigneeBlock } from './alert/assignee-block.tsx'
import { CommandTimeline } from './alert/command-timeline.tsx'
import { EventsAround } from './alert/events-around.tsx'
import { ScoreBlocks, WhyBlock } from './alert/finding-reasons.tsx'
import { ProvenanceOfAlert } from './alert/provenance-of-alert.tsx'
import { PeersOfAlert, RiskOfAlert } from './alert/risk-of-alert.tsx'

/** One alert: what happened, against what is usual, what was done, and what to answer. */
export function AlertDetailPage({ id }: { id: string }): ReactNode {
  const loaded = useLoaded('alert', { id })
  const [, go] = useLocation()
  useAlertStream(true, ({ alert }) => {
    if (alert.id === id) loaded.follow()
  })
  useShortcuts([{ keys: 'u', what: 'Back to the alerts', run: () => go('/alerts') }])
  useTitle(loaded.value === undefined ? 'Alert' : `${loaded.value.alert.agent}: ${wordsOf(loaded.value.alert.cause)}`)
  return <Shown of={loaded}>{(detail) => <AlertShown detail={detail} reload={loaded.follow} />}</Shown>
}

function AlertShown({ detail, reload }: { detail: AlertDetail; reload: () => void }): ReactNode {
  const { alert, findings } = detail
  const [gravest, ...others] = findings
  const [first, rest] = sentencesOf(alert.summary)
  return (
    <article className="page">
      <header className="stack">
        <div className="row">
          <SeverityBadge severity={alert.severity} />
          <AlertStateBadge state={alert.state} />
          <span className="soft">
            {wordsOf(alert.cause)} · <When ms={alert.last_seen} ago /> · {countOf(alert.finding_count, 'event')}
          </span>
        </div>
        <h1 className="alert-sentence">
          <TimedText text={first} of={alert} />
        </h1>
        {rest === '' ? null : (
          <p>
            <TimedText text={rest} of={alert} />
          </p>
        )}
        <Decision detail={detail} />
      </header>
      <div className="alert-grid">
        <div className="why">{gravest === undefined ? null : <WhyBlock finding={gravest} />}</div>
        <div className="stack side-column">
          <AlertActions detail={detail} reload={reload} />
          <AssigneeBlock alert={detail.alert} reload={reload} />
          <CommandTimeline detail={detail} reload={reload} />
          <AlertFacts detail={detail} />
        </div>
        <div className="stack more">
          {gravest === undefined ? null : <ScoreBlocks finding={gravest} />}
          {others.length === 0 ? null : <OtherFindings detail={detail} />}
        </div>
      </div>
      <ProvenanceOfAlert detail={detail} />
      <EventsAround detail={detail} />
      <div className="columns">
        <RiskOfAlert detail={detail} />
        <PeersOfAlert detail={detail} />
      </div>
      <AlikeAlerts detail={detail} />
    </article>
  )
}

function Decision({ detail }: { detail: AlertDetail }): ReactNode {
  const { alert, decision } = detail
  return (
    <div className={alert.state === 'awaiting_approval' ? 'note warn' : 'note'}>
      {decision.map((sentence) => (
        <p key={sentence}>
          <TimedText text={sentence} />
        </p>
      ))}
      {alert.state === 'awaiting_approval' && alert.approval_deadline !== null ? (
        <p>
          <strong>
            Answer <When ms={alert.approval_deadline} ago />.
          </strong>{' '}
          After that the command lapses.
        </p>
      ) : null}
      {alert.state === 'closed' && alert.closed_at !== null ? (
        <p>
          Closed <When ms={alert.closed_at} ago />
          {alert.close_reason === null ? '' : `: ${closeReasonText(alert.close_reason)}`}.
        </p>
      ) : null}
    </div>
  )
}

function OtherFindings({ detail }: { detail: AlertDetail }): ReactNode {
  const others = detail.findings.slice(1)
  return (
    <Block title={`${countOf(others.length, 'more event')} of this alert`}>
      {others.map((finding) => (
        <details key={finding.id}>
          <summary>
            {finding.sentences[0] ?? finding.id} ({numberText(finding.score)} nats)
          </summary>
          <div className="stack">
            <WhyBlock finding={finding} />
            <ScoreBlocks finding={finding} />
          </div>
        </details>
      ))}
    </Block>
  )
}

function AlertFacts({ detail }: { detail: AlertDetail }): ReactNode {
  const { alert, findings, answer_with } = detail
  const techniques = [...new Set(findings.flatMap((finding) => finding.techniques))]
  const evidence = findings[0]?.evidence
  return (
    <Block title="About">
      <Facts
        of={[
          ['Agent', <AgentLink key="agent" tenant={alert.tenant} agent={alert.agent} />],
          ['Owner', orUnknown(alert.owner, alert.registered ? 'nobody: name one in the registry' : 'not registered')],
          ['Role', orUnknown(alert.role)],
          ['Tier', alert.registered ? alert.tier : unregisteredTier(alert.tier)],
          ['Tenant', alert.tenant],
          ['Target', <code key="target">{alert.target}</code>],
          ['First seen', <When key="first" ms={alert.first_seen} />],
          ['Last seen', <When key="last" ms={alert.last_seen} />],
          ['Opened', <When key="opened" ms={alert.opened_at} />],
          ['Score', `${numberText(alert.score)} nats`],
          ['Rarity', findings[0]?.rarity],
          [
            'Compared with',
            evidence === undefined || evidence.profile_events === 0
              ? undefined
              : `${countOf(evidence.profile_events, 'event')} of its own over ${numberText(Math.round(evidence.profile_days))} days${peersText(evidence)}`,
          ],
          ['Model', evidence === undefined ? undefined : `${evidence.model}, knowledge ${evidence.knowledge_version}`],
          ['Techniques', techniques.join(', ')],
          ['Alert', <code key="id">{alert.id}</code>],
        ]}
      />
      {findings[0] === undefined ? null : <p className="soft">{scoreAndRarity}</p>}
      {findings[0] === undefined ? null : (
        <Link
          href={`/events/view?event=${encodeURIComponent(findings[0].event_id)}&tenant=${encodeURIComponent(alert.tenant)}&agent=${encodeURIComponent(alert.agent)}`}
        >
          Work out the judgement again
        </Link>
      )}
      {answer_with.length === 0 ? null : (
        <details>
          <summary>The same from a shell</summary>
          <pre>{answer_with.join('\n')}</pre>
        </details>
      )}
    </Block>
  )
}

/** '*' is everybody of the tenant. */
function peersText({ peers, peer_group: group }: AlertDetail['findings'][number]['evidence']): string {
  if (peers === 0) return ''
  return `, and ${countOf(peers, 'peer')} in ${group === '*' ? 'its tenant' : group}`
}
