import type { RouteAnswer } from '@straylight/console/contract/routes'
import { type ReactNode, useState } from 'react'
import { Shown, useLoaded } from '../../api/use-loaded.tsx'
import { Badge, SeverityBadge } from '../../parts/badge.tsx'
import { Block } from '../../parts/block.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { countOf, countText, numberText, wordsOf } from '../../parts/quantity.ts'

interface Named {
  readonly tenant: string
  readonly agent: string
}

/** What this agent would have to do to be alerted now. It is asked of the scorer when somebody wants to know, since that takes a second or so. */
export function WouldAlertBlock(of: Named): ReactNode {
  const [isAsked, setAsked] = useState(false)
  return (
    <Block title="What would alert">
      {isAsked ? (
        <Answer {...of} />
      ) : (
        <>
          <p>
            The scorer is asked about calls that never happened, with what it knows of this agent now: how much, where
            to, when and what would alert.
          </p>
          <div className="row no-print">
            <button type="button" onClick={() => setAsked(true)}>
              Ask the scorer
            </button>
          </div>
        </>
      )}
    </Block>
  )
}

function Answer(of: Named): ReactNode {
  const loaded = useLoaded('wouldAlert', { ...of })
  return <Shown of={loaded}>{(answer) => <Deeds answer={answer} />}</Shown>
}

type Deed = RouteAnswer<'wouldAlert'>['deeds'][number]

function Deeds({ answer }: { answer: RouteAnswer<'wouldAlert'> }): ReactNode {
  const { sentence, deeds, not_asked, profile_events, profile_days, knowledge_version } = answer
  const [alerting, others] = [deeds.filter(({ alerts }) => alerts), deeds.filter(({ alerts }) => !alerts)]
  if (deeds.length === 0) return <p role="status">{sentence}</p>
  return (
    <>
      <p role="status">{sentence}</p>
      <DeedsTable caption="It alerts if the agent …" deeds={alerting} none="Nothing that was asked alerts." />
      <DeedsTable caption="This alone does not alert: the agent …" deeds={others} none="All that was asked alerts." />
      <details>
        <summary>What was not asked</summary>
        <ul className="sentences">
          {not_asked.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      </details>
      <p className="soft">
        Asked with {countOf(profile_events, 'learnt event')} of {countText(Math.round(profile_days))} days and knowledge{' '}
        {knowledge_version}. Amounts are looked at in quarter octaves. Nothing of it is learnt.
      </p>
    </>
  )
}

function DeedsTable({ caption, deeds, none }: { caption: string; deeds: readonly Deed[]; none: string }): ReactNode {
  return (
    <DataTable
      caption={caption}
      hideCaption={false}
      rows={deeds}
      keyOf={({ deed }) => deed}
      none={none}
      columns={[
        { name: 'Deed', heads: true, cell: ({ deed }) => deed },
        { name: 'Said', cell: (deed) => <Said deed={deed} /> },
        { name: 'Risk (σ)', number: true, cell: ({ risk }) => numberText(risk) },
        { name: 'As rare as', cell: ({ rarity }) => rarity },
        { name: 'Why', cell: ({ reason, cause }) => reason ?? (cause === null ? 'ordinary' : wordsOf(cause)) },
      ]}
    />
  )
}

function Said({ deed: { severity, quarantined } }: { deed: Deed }): ReactNode {
  if (severity !== null) return <SeverityBadge severity={severity} />
  return <Badge tone="quiet">{quarantined ? 'not learnt at once' : 'learnt'}</Badge>
}
