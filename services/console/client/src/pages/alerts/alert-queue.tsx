import type { AlertRow } from '@straylight/console/contract/alert-row'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { SeverityBadge } from '../../parts/badge.tsx'
import { AgentLink, alertAddress } from '../../parts/names.tsx'
import { countOf, wordsOf } from '../../parts/quantity.ts'
import { AlertStateBadge, CommandStateBadge, verdictText } from '../../parts/states.tsx'
import { Summary } from '../../parts/summary.tsx'
import { When } from '../../parts/when.tsx'
import { toggled } from './toggled.ts'

export interface AlertQueueProps {
  readonly rows: readonly AlertRow[]
  /** The place that the keys are at. */
  readonly at: number
  readonly setAt: (at: number) => void
  readonly chosen: ReadonlySet<string>
  readonly setChosen: (chosen: ReadonlySet<string>) => void
}

/** The alerts, sentence first. */
export function AlertQueue({ rows, at, setAt, chosen, setChosen }: AlertQueueProps): ReactNode {
  if (rows.length === 0)
    return (
      <p className="block">
        No alert matches. If you expected one: each event&apos;s page says why it did not alert; find it on its
        session&apos;s page.
      </p>
    )
  return (
    <ol className="queue" aria-label="Alerts">
      {rows.map((row, index) => (
        <li key={row.id} className={index === at ? 'at' : undefined}>
          <input
            type="checkbox"
            aria-label={`Choose: ${row.summary}`}
            checked={chosen.has(row.id)}
            onChange={() => setChosen(toggled(chosen, row.id))}
          />
          <div className="stack">
            <Link
              href={alertAddress(row.id)}
              id={`alert-link-${row.id}`}
              className="sentence"
              onFocus={() => setAt(index)}
            >
              <Summary text={row.summary} of={row} />
            </Link>
            <div className="about">
              <SeverityBadge severity={row.severity} />
              <AlertStateBadge state={row.state} />
              {row.command_state === 'none' || row.state === 'awaiting_approval' ? null : (
                <CommandStateBadge state={row.command_state} />
              )}
              <When ms={row.last_seen} ago />
              <span>
                <AgentLink tenant={row.tenant} agent={row.agent} />
              </span>
              <span>{wordsOf(row.cause)}</span>
              <span>{row.owner === null ? 'no owner' : `owner ${row.owner}`}</span>
              {row.assignee === null ? null : <span>with {row.assignee.name}</span>}
              <span>{countOf(row.finding_count, 'event')}</span>
              {row.approval_deadline === null || row.state !== 'awaiting_approval' ? null : (
                <strong>
                  answer <When ms={row.approval_deadline} ago />
                </strong>
              )}
              {row.verdict === null ? null : (
                <span>
                  {verdictText(row.verdict.answer)} by {row.verdict.issuer}
                </span>
              )}
            </div>
          </div>
        </li>
      ))}
    </ol>
  )
}
