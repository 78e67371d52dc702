import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { AlertChange } from '../alert/alert-change.ts'
import { hitsTheSame, withoutPostponed, withPostponed } from '../alert/postponed-decisions.ts'
import { commandId, expiryOf, revocationCommandOf } from '../command/revocation-command-of.ts'
import { smallestRevocation } from '../command/smallest-revocation.ts'
import type { DecisionContext, FoundRecord } from './apply-finding.ts'
import type { Decision } from './decide-response.ts'
import { nextInTurn } from './next-in-turn.ts'
import { policyAnswer } from './policy-answer.ts'
import { severityRank, strongerOf } from './severity.ts'
import { whoIsHit } from './who-is-hit.ts'

/** A finding on its way to an alert: what was decided, and who hears of it anyway. */
export interface AnswerStep {
  readonly around: DecisionContext
  readonly found: FoundRecord
  /** Log time of the decision: that of the finding, or later where it is decided again. */
  readonly at: number
  readonly decision: Decision
  readonly notify: readonly Delivery['event'][]
}

/** Carries the decision out on the alert. */
export function answered(step: AnswerStep, alert: Alert): AlertChange {
  const { decision, notify, at } = step
  const acts = decision.shadow || decision.response === 'revoke' || decision.response === 'approve'
  if (!acts) return { alert: postponed(step, milder(alert, decision)), at, notify }
  if (commandStands(alert, step)) return { alert: nextInTurn(alert, step), at, notify }
  if (decision.shadow) {
    const command = commandOf(step, alert, 'auto', 'dry_run')
    return { alert: { ...milder(alert, decision), command, command_state: 'shadow' }, at, notify }
  }
  return decision.response === 'approve' ? heldForApproval(step, alert) : sentAtOnce(step, alert)
}

/** An alert keeps the strongest answer it was given; a limit is named until something is done after all. */
export function milder(alert: Alert, decision: Decision): Alert {
  const response = strongerOf(alert.response, decision.response)
  if (decision.limitedBy === undefined || response !== decision.response) return { ...alert, response }
  const { limited_by_code: _code, ...rest } = alert
  const code = decision.limitedByCode === undefined ? {} : { limited_by_code: decision.limitedByCode }
  return { ...rest, response, response_limited_by: decision.limitedBy, ...code }
}

/** What nothing but an unwell detector holds back is decided again, while a command of it would be good (`decidePostponed`). */
function postponed(step: AnswerStep, alert: Alert): Alert {
  const { decision, found, around } = step
  const { finding, digest, agents } = found
  const { limitedBy = '' } = decision
  if (decision.limitedByCode !== 'unwell') return alert
  const until = expiryOf(finding, around.policy)
  if (until <= around.now()) return alert
  const { response } = policyAnswer(around.policy, finding.severity, whoIsHit(finding))
  if (commandStands(alert, { ...step, decision: { ...decision, response } })) return alert
  return withPostponed(alert, { finding, digest, agents, limited_by: limitedBy, until })
}

/** Whether what the alert's command does would only be repeated: then evidence is added and nothing is sent. */
function commandStands(alert: Alert, { decision, found }: AnswerStep): boolean {
  const { command, command_state: state } = alert
  if (command === undefined) return false
  // A person's yes is not replaced by evidence: it is sent when its breaker opens.
  if (state === 'approved') return true
  if (state === 'held') return decision.response !== 'revoke'
  if (state === 'shadow' && !decision.shadow) return false
  if (state === 'none' || state === 'expired' || state === 'unanswered') return false
  const { match, subject } = smallestRevocation(found.finding)
  const same =
    command.scope.match === match &&
    command.subject.credential_id === subject.credential_id &&
    (match === 'credential' || command.subject.session_id === subject.session_id)
  const worse = severityRank(found.finding.severity) > severityRank(command.evidence.severity)
  if (!same || (state === 'refused' && worse)) return false
  // A credential stays revoked. A session or an agent may be back once the hold has ended.
  return match === 'credential' || found.finding.log_time <= holdEnd(command)
}

const holdEnd = (command: RevocationCommand): number =>
  Math.max(Date.parse(command.hold.deny_reissue_until), Date.parse(command.not_after))

/** The alert with a command that waits for a person. */
export function heldForApproval(step: AnswerStep, alert: Alert): AlertChange {
  const { at } = step
  const { limitedBy } = step.decision
  const held: Alert = {
    ...actedOn(alert, step),
    ...(limitedBy === undefined ? {} : { response_limited_by: limitedBy }),
    state: 'awaiting_approval',
    response: 'approve',
    approval_deadline: at + step.around.policy.approval.deadline_seconds * 1000,
    command: commandOf(step, alert, 'human', 'enforce'),
    command_state: 'held',
  }
  return { alert: held, at, notify: [...step.notify, 'agent.approval.requested'] }
}

function sentAtOnce(step: AnswerStep, alert: Alert): AlertChange {
  const { around, found, notify, at } = step
  const sent = around.alreadySent(commandId(found.finding, around.policy))
  const command = sent ?? commandOf(step, alert, 'auto', 'enforce')
  if (sent === undefined && Date.parse(command.not_after) <= around.now()) {
    const limitedBy = `the evidence came too late: a command would have expired at ${command.not_after}`
    const { limitedByCode: _code, ...decision } = step.decision
    return { alert: milder(alert, { ...decision, response: 'alert', limitedBy }), at, notify }
  }
  const next: Alert = { ...actedOn(alert, step), state: 'open', response: 'revoke', command, command_state: 'sent' }
  const change: AlertChange = { alert: next, at, notify: [...notify, 'agent.command.issued'] }
  return sent === undefined ? { ...change, send: command } : change
}

/** Nothing limits it any more, and what hits the same needs no decision again. */
function actedOn(alert: Alert, { found }: AnswerStep): Alert {
  const { response_limited_by: _limit, limited_by_code: _code, approval_deadline: _deadline, ...rest } = alert
  return withoutPostponed(rest, ({ finding }) => hitsTheSame(finding, found.finding))
}

function commandOf(
  { around, found, at, decision: { tier } }: AnswerStep,
  alert: Alert,
  decision: 'auto' | 'human',
  mode: RevocationCommand['mode'],
): RevocationCommand {
  const { policy, issuer } = around
  return revocationCommandOf({
    finding: found.finding,
    digest: found.digest,
    alertId: alert.id,
    policy,
    issuer,
    tier,
    decision,
    mode,
    at,
  })
}
