import type { Alert } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { type AlertChange, closedAlert } from '../alert/alert-change.ts'

/** Log time, and when a command was appended to its topic (0: never). */
export interface Clock {
  readonly now: number
  readonly sentAt: (commandId: string) => number
}

/** What the passing of time does to an alert: an approval or an answer that did not come, or quiet. Null: nothing. */
export function applyTime(alert: Alert, policy: Policy, clock: Clock): AlertChange | null {
  const { now } = clock
  const unheard = unansweredRestore(alert, policy, clock)
  if (unheard !== null) return unheard
  if (alert.state === 'closed') return unanswered(alert, policy, clock)
  if (alert.state === 'awaiting_approval') {
    const deadline = alert.approval_deadline ?? 0
    return now > deadline ? approvalLapsed(alert, deadline, now) : null
  }
  const silent = unanswered(alert, policy, clock)
  if (silent !== null) return silent
  // It waits for a breaker or for a well detector: `releaseApproved` and `decidePostponed` look after it.
  if (alert.command_state === 'approved' || alert.postponed !== undefined) return null
  const quietAt = alert.evidence_at + policy.alerts.quiet_close_seconds * 1000
  if (now <= quietAt) return null
  return { alert: closedAlert(alert, 'quiet', quietAt), at: now, notify: ['agent.alert.closed'] }
}

function approvalLapsed(alert: Alert, deadline: number, now: number): AlertChange {
  const limit = `nobody approved it by ${new Date(deadline).toISOString()}`
  const { approval_deadline: _deadline, ...rest } = alert
  return {
    alert: { ...rest, state: 'open', response: 'alert', command_state: 'expired', response_limited_by: limit },
    at: now,
    notify: ['agent.command.failed'],
  }
}

/** A command sent late (a restart, a lag) gives the broker its full time to answer. */
function unanswered(alert: Alert, policy: Policy, clock: Clock): AlertChange | null {
  if (alert.command === undefined || alert.command_state !== 'sent') return null
  const deadline = overdueSince(alert.command, policy, clock)
  if (deadline === null) return null
  const limit = `the broker has not answered by ${new Date(deadline).toISOString()}`
  return {
    alert: { ...alert, command_state: 'unanswered', response_limited_by: limit },
    at: clock.now,
    notify: ['agent.command.failed'],
  }
}

function unansweredRestore(alert: Alert, policy: Policy, clock: Clock): AlertChange | null {
  // Asked of every alert at every turn: most have none.
  if (alert.restores === undefined) return null
  const late = alert.restores.find(
    ({ state, command }) => state === 'sent' && overdueSince(command, policy, clock) !== null,
  )
  if (late === undefined) return null
  const restores = alert.restores.map((one) => (one === late ? { ...one, state: 'unanswered' as const } : one))
  return { alert: { ...alert, restores }, at: clock.now, notify: ['agent.command.failed'] }
}

/** By when the broker should have answered; null while it still may. */
function overdueSince(command: RevocationCommand, policy: Policy, { now, sentAt }: Clock): number | null {
  const waitedFor = sentAt(command.id) + policy.revocation.reply_within_seconds * 1000
  // Asked of every alert at every turn: most answer here.
  if (now <= waitedFor) return null
  const deadline = Math.max(Date.parse(command.reply.deadline), waitedFor)
  return now <= deadline ? null : deadline
}
