import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { acceptsEvidence } from '../alert/accepts-evidence.ts'
import { type AlertChange, closedAlert } from '../alert/alert-change.ts'
import { type AlertIndex, alertGroupOf } from '../alert/alert-index.ts'
import { alertOfFinding, withFinding } from '../alert/alert-of-finding.ts'
import { begunByPeers } from '../alert/begun-by-peers.ts'
import { aboutAll, isNewsOf, withPeer } from '../alert/role-change.ts'
import { plannedCommand } from '../command/planned-command.ts'
import { commandId } from '../command/revocation-command-of.ts'
import { stoppedCommands, waitingCommands } from '../command/waiting-commands.ts'
import type { RespondOptions } from '../respond-options.ts'
import { type AnswerStep, answered } from './answer-alert.ts'
import type { CircuitBreakers } from './circuit-breakers.ts'
import { type Decision, type DecisionLimits, decideResponse } from './decide-response.ts'
import { policyAnswer, stricterTier } from './policy-answer.ts'
import { severityRank } from './severity.ts'
import { whoIsHit } from './who-is-hit.ts'

/** What a decision may look at besides its input. */
export interface DecisionContext {
  readonly alertIndex: AlertIndex
  readonly policy: Policy
  readonly issuer: string
  readonly breakers: CircuitBreakers
  /** The command of this id as it already stands in the topic: sent before a crash, and not journalled. */
  readonly alreadySent: (id: string) => RevocationCommand | undefined
  /** All that were sent for an alert, restores among them, as far as they are remembered. Looked for in all: for a person's word alone. */
  readonly sentFor: (alertId: string) => readonly RevocationCommand[]
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

/** Whether people hear of a finding: fewer ordinary sessions than the budget come as far. */
export const mayAlert = ({ p_value }: Pick<Finding, 'p_value'>, { budget }: Policy): boolean =>
  p_value <= budget.session_alert_rate

/** Whether a finding can lead to a command at once. */
export function mayRevoke(finding: Finding, policy: Policy): boolean {
  return mayAlert(finding, policy) && answerOf(finding, policy) === 'revoke'
}

const answerOf = (finding: Finding, policy: Policy): Response =>
  policyAnswer(policy, finding.severity, whoIsHit(finding)).response

export type FindingOutcome =
  | { readonly outcome: 'observed' | 'suppressed' }
  | { readonly outcome: 'withdrawn'; readonly change: AlertChange }
  | {
      readonly outcome: 'opened' | 'updated' | 'reopened'
      readonly change: AlertChange
      /** What it means to another alert: done first, as a turn that is cut off between them reads the finding again. */
      readonly before?: AlertChange
    }

/** Decides what a finding means: nothing but a note, or a new, grown or reopened alert, and perhaps a command. */
export function applyFinding(around: DecisionContext, found: FoundRecord): FindingOutcome {
  const { finding } = found
  const { policy, alertIndex } = around
  if (!mayAlert(finding, policy)) return { outcome: 'observed' }
  // A person's word, carried by the knowledge that judged it: reported in the finding and counted, and nobody is woken.
  if (finding.suppressed !== undefined) return { outcome: 'suppressed' }
  const group = alertGroupOf(alertIndex, finding)
  if (finding.withdrawn === true) return withdrawnBy(alertIndex.latest(group), finding)
  const own = acceptingAlert(alertIndex.latest(group), finding)
  const peers = own === undefined || own.state === 'closed' ? alertIndex.ofPeers(finding) : undefined
  if (answerOf(finding, policy) === 'observe' && (own === undefined || own.state === 'closed'))
    return { outcome: 'observed' }
  if (peers !== undefined) {
    const decision = decided(around, found, peers)
    // What acts at once has an alert of its own agent: a command is of one agent, and so is its undoing.
    if (decision.response !== 'revoke') return grown(around, found, { known: peers, decision })
  }
  const renamed = own === undefined || own.state === 'closed' ? alertIndex.ofRename(finding) : undefined
  if (renamed !== undefined) {
    const decision = decided(around, found, renamed)
    if (decision.response === 'alert') return countedIn(around, found, { known: renamed, decision })
  }
  const decision = decided(around, found, own)
  if (own !== undefined) return grown(around, found, { known: own, decision })
  const step: AnswerStep = { around, found, at: finding.log_time, decision, notify: ['agent.alert.created'] }
  const before = silenceExplained(alertIndex, finding)
  const change = answered(step, alertOfFinding(finding, group))
  return { outcome: 'opened', change, ...(before === undefined ? {} : { before }) }
}

/** Closes the alert of an agent's silence where the agent goes on under a new name, as it seems: that is one alert. What a person has spoken of stays. */
function silenceExplained(alertIndex: AlertIndex, finding: Finding): AlertChange | undefined {
  const { tenant, renamed_from: from, log_time: at } = finding
  if (from === undefined || from.heard_again !== undefined) return undefined
  const silence = alertIndex.latest({ tenant, agent: from.agent, cause: 'silent_agent', target: from.agent })
  if (silence === undefined || silence.state === 'closed' || silence.verdicts.length > 0) return undefined
  return { alert: closedAlert(silence, 'renamed', at), at, notify: ['agent.alert.closed'] }
}

/** Closes what the finding takes back. Who heard of it hears that it is closed. */
function withdrawnBy(alert: Alert | undefined, { log_time: at }: Finding): FindingOutcome {
  if (alert === undefined || alert.state === 'closed') return { outcome: 'observed' }
  return {
    outcome: 'withdrawn',
    change: { alert: closedAlert(alert, 'withdrawn', at), at, notify: ['agent.alert.closed'] },
  }
}

const acceptingAlert = (latest: Alert | undefined, { log_time }: Finding): Alert | undefined =>
  latest !== undefined && acceptsEvidence(latest, log_time) ? latest : undefined

function decided(around: DecisionContext, found: FoundRecord, known: Alert | undefined): Decision {
  const { finding } = found
  const limits = passingLimits(around, found, finding.log_time)
  return decideResponse(finding, around.policy, { ...limits, answered: answeredBefore(known, finding) })
}

/** The known alert with one more finding, of its own agent or of a peer. */
function grown(
  around: DecisionContext,
  found: FoundRecord,
  { known, decision }: { known: Alert; decision: Decision },
): FindingOutcome {
  const { finding } = found
  const { policy } = around
  const reopens = known.state === 'closed' || restedTooLong(known, finding, policy)
  const base = reopens ? reopened(known) : known
  const alert = aboutAll(base, withFinding(withPeer(base, finding), finding, policy.alerts.findings_max))
  const rises = severityRank(alert.severity) > severityRank(known.severity)
  const isNews = rises || reopens || isNewsOf(base, alert)
  const notify = isNews ? (['agent.alert.updated'] as const) : []
  const step: AnswerStep = { around, found, at: finding.log_time, decision, notify }
  return { outcome: reopens ? 'reopened' : 'updated', change: answered(step, alert) }
}

/**
 * The alert about an agent's new name with a finding that it says already: the old name did the same, or is silent as it says. It stays the alert
 * of the newcomer; people hear where it becomes graver, and of the first finding of each cause but the old name's silence.
 */
function countedIn(
  around: DecisionContext,
  found: FoundRecord,
  { known, decision }: { known: Alert; decision: Decision },
): FindingOutcome {
  const { finding } = found
  const reopens = known.state === 'closed'
  const base = reopens ? reopened(known) : known
  const { owner: _owner, ...rest } = withFinding(base, finding, around.policy.alerts.findings_max)
  const alert = {
    ...rest,
    ...(known.owner === undefined ? {} : { owner: known.owner }),
    tier: stricterTier(known.tier, finding.tier),
  }
  const rises = severityRank(alert.severity) > severityRank(known.severity)
  const isNew = finding.cause !== 'silent_agent' && !known.findings.some(({ cause }) => cause === finding.cause)
  const notify = rises || isNew || reopens ? (['agent.alert.updated'] as const) : []
  const step: AnswerStep = { around, found, at: finding.log_time, decision, notify }
  return { outcome: reopens ? 'reopened' : 'updated', change: answered(step, alert) }
}

/** What stands against a command of this finding at this log time, and may not later. */
export function passingLimits(
  around: DecisionContext,
  found: FoundRecord,
  at: number,
): Pick<DecisionLimits, 'unwell' | 'begunByPeers' | 'breaker'> {
  const { finding } = found
  return {
    unwell: notIfSent(around, finding, () => around.unwell(finding)),
    begunByPeers: notIfSent(around, finding, () => begunByPeers(around.alertIndex, finding)),
    breaker: notIfSent(around, finding, () => breakerRefusal(around, found, at)),
  }
}

/** A command that was sent before a crash is a fact, whatever the breakers and the detector's health say now. */
function notIfSent(around: DecisionContext, finding: Finding, ask: () => string | null): () => string | null {
  return () => (around.alreadySent(commandId(finding, around.policy)) === undefined ? ask() : null)
}

/** What it would hit counts; approved commands have the next free places, and no agent goes twice before another goes once. */
function breakerRefusal(
  { breakers, alertIndex, policy }: DecisionContext,
  { finding, agents }: FoundRecord,
  at: number,
): string | null {
  const { tenant } = finding
  const waiting = waitingCommands(alertIndex, tenant, at)
  const stopped = stoppedCommands(alertIndex, tenant, at - policy.revocation.expires_after_seconds * 1000)
  return breakers.refusal(plannedCommand(finding, at), agents, waiting, stopped)
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
  // An approved command is not at rest, it waits for a breaker; nor is what is decided again.
  if (alert.command_state === 'approved' || alert.postponed !== undefined) return false
  return alert.state === 'open' && finding.log_time - alert.evidence_at > policy.alerts.quiet_close_seconds * 1000
}

function reopened(alert: Alert): Alert {
  const { closed_at: _at, close_reason: _reason, approval_deadline: _deadline, ...rest } = alert
  return { ...rest, state: 'open' }
}
