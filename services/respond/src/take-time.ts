import type { Alert } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import { type AlertChange, closedAlert } from './alert-change.ts'

/** What the passing of time does to an alert: an approval or an answer that did not come, or quiet. Null: nothing. */
export function takeTime(alert: Alert, policy: Policy, clock: { now: number; sentAt: number }): AlertChange | null {
  const { now } = clock
  if (alert.state === 'closed') return unanswered(alert, policy, clock)
  if (alert.state === 'awaiting_approval') {
    const deadline = alert.approval_deadline ?? 0
    return now > deadline ? approvalLapsed(alert, deadline, now) : null
  }
  const silent = unanswered(alert, policy, clock)
  if (silent !== null) return silent
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
function unanswered(alert: Alert, policy: Policy, clock: { now: number; sentAt: number }): AlertChange | null {
  if (alert.command === undefined || alert.command_state !== 'sent') return null
  const waitedFor = clock.sentAt + policy.revocation.reply_within_seconds * 1000
  // Asked of every alert at every turn: most answer here.
  if (clock.now <= waitedFor) return null
  const deadline = Math.max(Date.parse(alert.command.reply.deadline), waitedFor)
  if (clock.now <= deadline) return null
  const limit = `the broker has not answered by ${new Date(deadline).toISOString()}`
  return {
    alert: { ...alert, command_state: 'unanswered', response_limited_by: limit },
    at: clock.now,
    notify: ['agent.command.failed'],
  }
}
