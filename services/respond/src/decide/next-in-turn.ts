import type { Alert, PostponedDecision } from '@straylight/schemas/alert'
import { withPostponed } from '../alert/postponed-decisions.ts'
import type { AnswerStep } from './answer-alert.ts'

const turnInWords = 'another agent of the same alert is asked about first'

/** Whether a decision waits for nothing but its turn. */
export const waitsForTurn = ({ limited_by }: PostponedDecision): boolean => limited_by === turnInWords

/** Whether a person is asked about a command of the alert, or a breaker holds one. */
export const asksAboutOne = ({ command_state: state }: Pick<Alert, 'command_state'>): boolean =>
  state === 'held' || state === 'approved'

/**
 * An alert about several agents asks about one at a time, since a command is of one agent. What would hit another is decided again when
 * that question is answered or its time is over; at most four wait, the gravest, and new evidence asks again anyway.
 */
export function nextInTurn(alert: Alert, { decision, found, around }: AnswerStep): Alert {
  const { command, role_change } = alert
  if (role_change === undefined || command === undefined || !asksAboutOne(alert)) return alert
  const { finding, digest, agents } = found
  if (decision.response !== 'approve' || command.subject.agent_id === finding.agent) return alert
  const until = finding.log_time + around.policy.approval.deadline_seconds * 1000
  return withPostponed(alert, { finding, digest, agents, limited_by: turnInWords, until })
}
