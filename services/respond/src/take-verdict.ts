import type { Alert } from '@straylight/schemas/alert'
import type { Verdict } from '@straylight/schemas/verdict'
import { type AlertChange, closedAlert } from './alert-change.ts'
import { approvedCommand } from './revocation-command-of.ts'
import type { Surroundings } from './take-finding.ts'

/** Verdicts an alert keeps; ids of kept ones are what makes a replayed verdict harmless, so none is ever dropped. */
export const verdictsMax = 50

export type VerdictOutcome =
  | { readonly change: AlertChange }
  | { readonly refused: 'unknown_alert' | 'replayed' | 'too_many' | 'not_awaiting' | 'too_late' }

/** When the log took the verdict, and how many agents the tenant has, for the breakers (0 when unknown). */
export interface VerdictMoment {
  readonly at: number
  readonly agents: number
}

/** What a verified verdict does to its alert. */
export function takeVerdict(around: Surroundings, verdict: Verdict, moment: VerdictMoment): VerdictOutcome {
  const { at } = moment
  const alert = around.book.get(verdict.alert_id)
  if (alert === undefined || alert.tenant !== verdict.tenant) return { refused: 'unknown_alert' }
  if (alert.verdicts.some((known) => known.id === verdict.id)) return { refused: 'replayed' }
  if (alert.verdicts.length >= verdictsMax) return { refused: 'too_many' }
  const { id, answer, issuer, role, reason, time, suppress_days } = verdict
  const days = suppress_days === undefined ? {} : { suppress_days }
  const said = { id, answer, issuer, role, reason, time, taken_at: at, ...days }
  const noted: Alert = { ...alert, verdicts: [...alert.verdicts, said] }
  if (answer === 'approve' || answer === 'reject') {
    if (alert.state !== 'awaiting_approval') return { refused: 'not_awaiting' }
    if (at > (alert.approval_deadline ?? 0)) return { refused: 'too_late' }
    return { change: answer === 'approve' ? approved(around, noted, issuer, moment) : closed(noted, 'rejected', at) }
  }
  // Closing twice says nothing new, but who said what is kept.
  if (alert.state === 'closed') return { change: { alert: noted, at, notify: [] } }
  // True while a command is held: the analyst agrees with the detector, the approver still decides.
  if (answer === 'true' && alert.state === 'awaiting_approval') return { change: { alert: noted, at, notify: [] } }
  return { change: closed(noted, answer === 'true' ? 'verdict_true' : 'verdict_false', at) }
}

function closed(alert: Alert, reason: NonNullable<Alert['close_reason']>, at: number): AlertChange {
  return { alert: closedAlert(alert, reason, at), at, notify: ['agent.alert.closed'] }
}

/** Releases the held command, unless a breaker or its own expiry speaks against it. */
function approved(around: Surroundings, alert: Alert, by: string, moment: VerdictMoment): AlertChange {
  const { at } = moment
  const draft = alert.command
  if (draft === undefined) return { alert, at, notify: [] }
  const sent = around.alreadySent(draft.id)
  const command = sent ?? approvedCommand(draft, by, at)
  if (sent === undefined) {
    const refusal = refusalOf(around, alert, moment, command.not_after)
    // It stays held until its deadline: a person may approve again once the breaker has closed.
    if (refusal !== null) {
      return { alert: { ...alert, response_limited_by: refusal }, at, notify: ['agent.command.failed'] }
    }
  }
  const { approval_deadline: _deadline, response_limited_by: _limit, ...rest } = alert
  const next: Alert = { ...rest, state: 'open', response: 'revoke', command, command_state: 'sent' }
  const change: AlertChange = { alert: next, at, notify: ['agent.command.issued'] }
  return sent === undefined ? { ...change, send: command } : change
}

function refusalOf(around: Surroundings, alert: Alert, moment: VerdictMoment, notAfter: string): string | null {
  if (Date.parse(notAfter) <= around.now()) {
    return `the approval came too late: a command would have expired at ${notAfter}`
  }
  const { tenant, agent } = alert
  return around.breakers.refusal({ tenant, agent, at: moment.at }, moment.agents)
}
