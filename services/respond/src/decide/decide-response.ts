import type { Tier } from '@straylight/schemas/agent'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'
import { nameInSentence } from '../alert/name-in-sentence.ts'
import { type PolicyAnswer, policyAnswer } from './policy-answer.ts'
import { type Hit, whoIsHit } from './who-is-hit.ts'

/** What is done about a finding, and why it is milder than the policy's answer. */
export interface Decision {
  readonly response: Response
  /** The tier that decided: the strictest of the agents concerned. */
  readonly tier: Tier
  readonly limitedBy?: string
  /** What limits it passes: the detector gets well, a breaker opens. */
  readonly limitedByCode?: Alert['limited_by_code']
  /** The command that would have been sent is recorded. */
  readonly shadow: boolean
}

/** What can lower an answer, besides the finding itself. */
export interface DecisionLimits {
  /** Why the detector should not be trusted just now. */
  readonly unwell: () => string | null
  /** Why no further command may go out. Asked last, and only for a command that would go at once. */
  readonly breaker: () => string | null
  /** Why one question about several agents stands in for a command of this one. */
  readonly begunByPeers: () => string | null
  /** A person has already answered this alert at this severity. */
  readonly answered: string | null
}

/** The policy's answer to the agents concerned, lowered by whatever speaks against acting, or against acting without a person. */
export function decideResponse(finding: Finding, policy: Policy, limits: DecisionLimits): Decision {
  const hit = whoIsHit(finding)
  const answer = policyAnswer(policy, finding.severity, hit)
  const { response, tier, shadowed } = answer
  if (response === 'observe' || response === 'alert') return alertOnly(answer)
  const limitedBy = silent(finding) ?? limits.answered ?? unregistered(finding) ?? thinHistory(finding, policy)
  if (limitedBy !== null) return { response: 'alert', tier, limitedBy, shadow: false }
  const illness = unwell(limits)
  if (illness !== null) {
    return { response: 'alert', tier, limitedBy: illness, limitedByCode: 'unwell', shadow: false }
  }
  if (shadowed !== undefined) {
    const whose = shadowed.agent === finding.agent ? '' : `${nameInSentence(shadowed.agent, 80)} is concerned, and `
    const limit = `shadow: ${whose}commands of tier ${shadowed.tier} are recorded, not sent`
    return { response: 'alert', tier, limitedBy: limit, shadow: true }
  }
  const asked = personMustDecide(hit, answer, policy) ?? tooOld(finding, policy) ?? oneQuestion(response, limits)
  if (asked !== null) return { response: 'approve', tier, limitedBy: `A person must decide: ${asked}`, shadow: false }
  if (response === 'approve') return { response, tier, shadow: false }
  // An approved command meets the breakers when a person releases it.
  const breaker = limits.breaker()
  return breaker === null
    ? { response, tier, shadow: false }
    : { response: 'alert', tier, limitedBy: breaker, limitedByCode: 'breaker', shadow: false }
}

function alertOnly({ response, tier, asksFor }: PolicyAnswer): Decision {
  if (asksFor === undefined || response !== 'alert') return { response, tier, shadow: false }
  const limitedBy = `${nameInSentence(asksFor.agent, 80)} of tier ${asksFor.tier} is concerned, and the policy does not act there`
  return { response, tier, limitedBy, shadow: false }
}

/** Why no tier's answer lets a command go by itself; null where none of this speaks against it. */
function personMustDecide(hit: Hit, { asksFor }: PolicyAnswer, policy: Policy): string | null {
  const settled = hit.brokerSettles && policy.revocation.broker_checks_holder
  if (hit.doubt !== null && !settled) return hit.doubt
  if (asksFor === undefined) return null
  return `${nameInSentence(asksFor.agent, 80)} of tier ${asksFor.tier} is concerned, and the policy asks a person there`
}

/** Whoever is asked anyway reads the policy's own reason. */
const oneQuestion = (response: Response, limits: DecisionLimits): string | null =>
  response === 'revoke' ? limits.begunByPeers() : null

/** What happened long before the log had it was read from old logs, or dated back. */
function tooOld({ time, log_time }: Finding, { revocation }: Policy): string | null {
  const age = log_time - time
  if (age <= revocation.event_age_seconds_max * 1000) return null
  const hours = counted(Math.round(age / hourMs), 'hour')
  return `it happened ${hours} before the log had it, and the policy acts by itself for ${counted(revocation.event_age_seconds_max, 'second')}`
}

/** Its silence has taken nothing, and revoking would only prolong it. */
function silent(finding: Finding): string | null {
  return finding.cause === 'silent_agent' || finding.cause === 'silent_source'
    ? 'a silent agent has nothing to stop'
    : null
}

function unregistered(finding: Finding): string | null {
  return finding.registered ? null : 'the agent is not in the registry'
}

/** A credential at two agents is judged without the agent's history, and comes without it. */
function thinHistory(finding: Finding, policy: Policy): string | null {
  if (finding.cause === 'credential_shared') return null
  const { events, days } = policy.history_required
  const { profile_events: hasEvents, profile_days: hasDays } = finding.evidence
  if (hasEvents >= events && hasDays >= days) return null
  return `thin history: ${counted(hasEvents, 'event')} over ${counted(Math.round(hasDays * 10) / 10, 'day')}, the policy asks for ${events} over ${days}`
}

function unwell(limits: DecisionLimits): string | null {
  const reason = limits.unwell()
  return reason === null ? null : `the detector is unwell: ${reason}`
}
