import type { CommandDetail } from '@straylight/console/contract/alert-detail'
import type { ReactNode } from 'react'
import { When } from './when.tsx'

interface CommandStep {
  readonly name: string
  readonly at: number | null
  readonly more?: ReactNode
  readonly grave?: boolean
}

const ends: Readonly<Record<CommandDetail['state'], string>> = {
  none: 'Nothing was asked',
  shadow: 'Recorded, not sent',
  held: 'Waits for approval',
  approved: 'Waits to be sent',
  sent: 'Waits for the answer of the broker',
  applied: 'Applied by the broker',
  refused: 'Refused by the broker',
  expired: 'Expired',
  unanswered: 'The broker did not answer in time',
  restored: 'Taken back',
}

export interface CommandStepsProps {
  readonly command: CommandDetail
  /** When the command that takes it back was answered. */
  readonly restoredAt?: number | null
}

/** Proposed, approved, sent, applied: each with its time, and what is still to come. */
export function CommandSteps({ command, restoredAt = null }: CommandStepsProps): ReactNode {
  return (
    <ol className="timeline">
      {stepsOf(command, restoredAt).map(({ name, at, more, grave }) => (
        <li key={name} className={at === null ? 'to-come' : grave ? 'grave' : undefined}>
          <strong>{name}</strong> {at === null ? <span className="soft">not yet</span> : <When ms={at} seconds />}
          {more === undefined ? null : <div className="soft">{more}</div>}
        </li>
      ))}
    </ol>
  )
}

function stepsOf(command: CommandDetail, restoredAt: number | null): CommandStep[] {
  const { state, approved_by, answer } = command
  const over = ['shadow', 'expired', 'refused', 'unanswered', 'applied', 'restored'].includes(state)
  const steps: CommandStep[] = [
    { name: 'Proposed', at: command.proposed_at },
    ...(command.approved_at !== null || state === 'held'
      ? [{ name: 'Approved', at: command.approved_at, more: approvalText(command, approved_by) }]
      : []),
    ...(state === 'shadow' ? [] : [{ name: 'Sent to the broker', at: command.sent_at }]),
  ]
  if (answer !== null)
    steps.push({
      name: state === 'refused' ? 'Refused by the broker' : 'Answered by the broker',
      at: command.answered_at,
      more: `${answer.message} (${answer.status_code})`,
      grave: state === 'refused',
    })
  else if (over)
    steps.push({
      name: ends[state],
      at: state === 'shadow' ? command.proposed_at : (command.answered_at ?? command.not_after),
      grave: state === 'unanswered',
    })
  else if (state !== 'held') steps.push({ name: ends[state], at: null })
  if (command.restored_by !== null) steps.push({ name: 'Taken back', at: restoredAt })
  return steps
}

function approvalText({ approval_deadline }: CommandDetail, by: string | null): ReactNode {
  if (by !== null) return `by ${by}`
  if (approval_deadline === null) return 'by nobody yet'
  return (
    <>
      by nobody yet; it lapses <When ms={approval_deadline} ago />
    </>
  )
}
