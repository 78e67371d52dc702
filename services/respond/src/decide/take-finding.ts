import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { AlertChange } from '../alert/alert-change.ts'
import { type AlertIndex, groupOf, takesEvidence } from '../alert/alert-index.ts'
import { alertOfFinding, withFinding } from '../alert/alert-of-finding.ts'
import { commandId, revocationCommandOf } from '../command/revocation-command-of.ts'
import { smallestRevocation } from '../command/smallest-revocation.ts'
import { waitingCommands } from '../command/waiting-commands.ts'
import type { RespondOptions } from '../respond-options.ts'
import type { CircuitBreakers } from './circuit-breakers.ts'
import { type Decision, decideResponse } from './decide-response.ts'
import { policyAnswer } from './policy-answer.ts'
import { severityRank, strongerOf } from './severity.ts'
import { whoIsHit } from './who-is-hit.ts'

/** What a decision may look at besides its input. */
export interface Surroundings {
  readonly alertIndex: AlertIndex
  readonly policy: Policy
  readonly issuer: string
  readonly breakers: CircuitBreakers
  /** The command of this id as it already stands in the topic: sent before a crash, and not journalled. */
  readonly alreadySent: (id: string) => RevocationCommand | undefined
  readonly unwell: RespondOptions['health']
  /** Wall clock, or log time in a replay: only to see that a command has expired. */
  readonly now: () => number
}

/** A finding as it stands in the topic. */
export interface FoundRecord {
  readonly finding: Finding
  /** `sha256:…` of the record. */
  readonly digest: string
  /** Agents of the tenant, for the breakers; 0 when unknown. Asked for only where `mayRevoke`. */
  readonly agents: number
}

/** Whether a finding can lead to a command at once. */
export function mayRevoke(finding: Finding, policy: Policy): boolean {
  return finding.p_value <= policy.budget.session_alert_rate && answerOf(finding, policy) === 'revoke'
}

const answerOf = (finding: Finding, policy: Policy): Response =>
  policyAnswer(policy, finding.severity, whoIsHit(finding).concerned).response

export type FindingOutcome =
  | { readonly outcome: 'observed' | 'suppressed' }
  | { readonly outcome: 'opened' | 'updated' | 'reopened'; readonly change: AlertChange }

/** Decides what a finding means: nothing but a note, or a new, grown or reopened alert, and perhaps a command. */
export function takeFinding(around: Surroundings, found: FoundRecord): FindingOutcome {
  const { finding } = found
  const { policy, alertIndex } = around
  if (finding.p_value > policy.budget.session_alert_rate) return { outcome: 'observed' }
  // A person's word, carried by the knowledge that judged it: told in the finding and counted, and nobody is woken.
  if (finding.suppressed !== undefined) return { outcome: 'suppressed' }
  const group = groupOf(alertIndex, finding)
  const latest = alertIndex.latest(group)
  const known = latest !== undefined && takesEvidence(latest, finding.log_time) ? latest : undefined
  if (answerOf(finding, policy) === 'observe' && (known === undefined || known.state === 'closed'))
    return { outcome: 'observed' }

  const decision = decideResponse(finding, policy, {
    unwell: notIfSent(around, finding, () => around.unwell(finding)),
    breaker: notIfSent(around, finding, () => breakerRefusal(around, found)),
    answered: answeredBefore(known, finding),
  })
  if (known === undefined) {
    const opened = alertOfFinding(finding, group)
    const step: Step = { around, found, decision, notify: ['agent.alert.created'] }
    return { outcome: 'opened', change: answered(step, opened) }
  }
  const reopens = known.state === 'closed' || restedTooLong(known, finding, policy)
  const base = reopens ? reopened(known) : known
  const grown = withFinding(base, finding, policy.alerts.findings_max)
  const rises = severityRank(grown.severity) > severityRank(known.severity)
  const step: Step = { around, found, decision, notify: rises || reopens ? ['agent.alert.updated'] : [] }
  return { outcome: reopens ? 'reopened' : 'updated', change: answered(step, grown) }
}

/** A command that was sent before a crash is a fact, whatever the breakers and the detector's health say now. */
function notIfSent(around: Surroundings, finding: Finding, ask: () => string | null): () => string | null {
  return () => (around.alreadySent(commandId(finding, around.policy)) === undefined ? ask() : null)
}

/** What it would hit counts, not who is accused; and approved commands have the next free places. */
function breakerRefusal({ breakers, alertIndex }: Surroundings, { finding, agents }: FoundRecord): string | null {
  const { tenant, log_time: at } = finding
  const { match, subject } = smallestRevocation(finding)
  const { holder, basis } = whoIsHit(finding)
  const credential = match === 'credential' && basis === undefined ? subject.credential_id : undefined
  const planned = { tenant, agent: holder, credential, at }
  return breakers.refusal(planned, agents, waitingCommands(alertIndex, tenant, at))
}

/** A person's no stands for seven days, unless worse comes. */
function answeredBefore(alert: Alert | undefined, finding: Finding): string | null {
  if (alert === undefined || severityRank(finding.severity) > severityRank(alert.severity)) return null
  const last = alert.verdicts.at(-1)
  if (last?.answer === 'false') return `${last.issuer} called this alert false`
  if (last?.answer === 'reject') return `${last.issuer} rejected the revocation`
  if (last?.answer === 'restore') return `${last.issuer} took a revocation of this alert back`
  return null
}

function restedTooLong(alert: Alert, finding: Finding, policy: Policy): boolean {
  // An approved command is not at rest: it waits for a breaker.
  if (alert.command_state === 'approved') return false
  return alert.state === 'open' && finding.log_time - alert.evidence_at > policy.alerts.quiet_close_seconds * 1000
}

function reopened(alert: Alert): Alert {
  const { closed_at: _at, close_reason: _reason, approval_deadline: _deadline, ...rest } = alert
  return { ...rest, state: 'open' }
}

/** A finding on its way to an alert: what was decided, and who hears of it anyway. */
interface Step {
  readonly around: Surroundings
  readonly found: FoundRecord
  readonly decision: Decision
  readonly notify: readonly Delivery['event'][]
}

/** Carries the decision out on the alert. */
function answered(step: Step, alert: Alert): AlertChange {
  const { decision, notify, found } = step
  const at = found.finding.log_time
  const acts = decision.shadow || decision.response === 'revoke' || decision.response === 'approve'
  if (!acts) return { alert: milder(alert, decision), at, notify }
  if (commandStands(alert, step)) return { alert, at, notify }
  if (decision.shadow) {
    const command = commandOf(step, alert, 'auto', 'dry_run')
    return { alert: { ...milder(alert, decision), command, command_state: 'shadow' }, at, notify }
  }
  return decision.response === 'approve' ? heldForApproval(step, alert) : sentAtOnce(step, alert)
}

/** An alert keeps the strongest answer it was given; a limit is named until something is done after all. */
function milder(alert: Alert, decision: Decision): Alert {
  const response = strongerOf(alert.response, decision.response)
  if (decision.limitedBy === undefined || response !== decision.response) return { ...alert, response }
  return { ...alert, response, response_limited_by: decision.limitedBy }
}

/** Whether what the alert's command does would only be repeated: then evidence is added and nothing is sent. */
function commandStands(alert: Alert, { decision, found }: Step): boolean {
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

function heldForApproval(step: Step, alert: Alert): AlertChange {
  const at = step.found.finding.log_time
  const { limitedBy } = step.decision
  const held: Alert = {
    ...withoutLimit(alert),
    ...(limitedBy === undefined ? {} : { response_limited_by: limitedBy }),
    state: 'awaiting_approval',
    response: 'approve',
    approval_deadline: at + step.around.policy.approval.deadline_seconds * 1000,
    command: commandOf(step, alert, 'human', 'enforce'),
    command_state: 'held',
  }
  return { alert: held, at, notify: [...step.notify, 'agent.approval.requested'] }
}

function sentAtOnce(step: Step, alert: Alert): AlertChange {
  const { around, found, notify } = step
  const at = found.finding.log_time
  const sent = around.alreadySent(commandId(found.finding, around.policy))
  const command = sent ?? commandOf(step, alert, 'auto', 'enforce')
  if (sent === undefined && Date.parse(command.not_after) <= around.now()) {
    const limitedBy = `the evidence came too late: a command would have expired at ${command.not_after}`
    return { alert: milder(alert, { ...step.decision, response: 'alert', limitedBy }), at, notify }
  }
  const next: Alert = { ...withoutLimit(alert), state: 'open', response: 'revoke', command, command_state: 'sent' }
  const change: AlertChange = { alert: next, at, notify: [...notify, 'agent.command.issued'] }
  return sent === undefined ? { ...change, send: command } : change
}

function withoutLimit(alert: Alert): Alert {
  const { response_limited_by: _limit, approval_deadline: _deadline, ...rest } = alert
  return rest
}

function commandOf(
  { around, found, decision: { tier } }: Step,
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
    at: found.finding.log_time,
  })
}
