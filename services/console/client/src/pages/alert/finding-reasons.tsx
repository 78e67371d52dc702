import type { FindingDetail, Reason } from '@straylight/console/contract/finding-detail'
import type { ReactNode } from 'react'
import { PastStrip } from '../../charts/past-strip.tsx'
import { ReasonsTable } from '../../charts/reasons-table.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Block } from '../../parts/block.tsx'
import { When } from '../../parts/when.tsx'

const shownFirst = 3

/** Why an event was reported, in sentences. */
export function WhyBlock({ finding }: { finding: FindingDetail }): ReactNode {
  return (
    <Block
      title="Why"
      aside={finding.quarantined ? <Badge tone="quiet">not learnt until someone answers</Badge> : undefined}
    >
      <ul className="sentences">
        {finding.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <p className="soft">
        <code>
          {finding.system} / {finding.action}
        </code>
        {finding.resource === null ? '' : ` on ${finding.resource}`}
        {finding.destinations.length === 0 ? '' : ` to ${finding.destinations.join(', ')}`},{' '}
        <When ms={finding.time} seconds />
      </p>
      {finding.relearning === null ? null : (
        <p>
          A change of its {finding.relearning.what} was announced in the registry: until{' '}
          <When ms={finding.relearning.until} /> what is new counts less.
        </p>
      )}
    </Block>
  )
}

/** Expected against seen as pictures, and the terms of the score. */
export function ScoreBlocks({ finding }: { finding: FindingDetail }): ReactNode {
  const pictured = finding.reasons.filter(({ strip }) => strip !== null)
  return (
    <>
      {pictured.length === 0 ? null : (
        <Block title="Expected and seen">
          {pictured.slice(0, shownFirst).map((reason) => (
            <Pictured key={reason.feature} reason={reason} />
          ))}
          {pictured.length <= shownFirst ? null : (
            <details>
              <summary>{`${pictured.length - shownFirst} more`}</summary>
              <div className="stack">
                {pictured.slice(shownFirst).map((reason) => (
                  <Pictured key={reason.feature} reason={reason} />
                ))}
              </div>
            </details>
          )}
        </Block>
      )}
      <Block title="What the score is made of">
        <ReasonsTable reasons={finding.reasons} score={finding.score} />
      </Block>
    </>
  )
}

function Pictured({ reason }: { reason: Reason }): ReactNode {
  if (reason.strip === null) return null
  return (
    <div className="stack">
      <h3>{reason.title}</h3>
      <p>
        Expected: {reason.expected.replace(/\.$/, '')}. Seen: <strong>{reason.seen.replace(/\.$/, '')}</strong>.
      </p>
      <PastStrip strip={reason.strip} />
    </div>
  )
}
