import type { Finding } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'

/** What is done about a finding, and why it is milder than the policy's answer. */
export interface Decision {
  readonly response: Response
  readonly limitedBy?: string
  /** The command that would have been sent is recorded. */
  readonly shadow: boolean
}

/** What can lower an answer, besides the finding itself. */
export interface DecisionLimits {
  /** Why the detector should not be trusted just now. */
  readonly unwell: () => string | null
  /** Why no further command may go out. Asked last, and only for a command that would go at once. */
  readonly breaker: () => string | null
  /** A person has already answered this alert at this severity. */
  readonly answered: string | null
}

/** The policy's answer to tier and severity, lowered to an alert by whatever speaks against acting. */
export function decideResponse(finding: Finding, policy: Policy, limits: DecisionLimits): Decision {
  const tier = policy.tiers[finding.tier]
  const response = tier[finding.severity]
  if (response === 'observe' || response === 'alert') return { response, shadow: false }
  const limitedBy =
    silent(finding) ?? limits.answered ?? unregistered(finding) ?? thinHistory(finding, policy) ?? unwell(limits)
  if (limitedBy !== null) return { response: 'alert', limitedBy, shadow: false }
  if (tier.shadow) {
    return {
      response: 'alert',
      limitedBy: `shadow: commands of tier ${finding.tier} are recorded, not sent`,
      shadow: true,
    }
  }
  // An approved command meets the breakers when a person releases it.
  const breaker = response === 'revoke' ? limits.breaker() : null
  return breaker === null ? { response, shadow: false } : { response: 'alert', limitedBy: breaker, shadow: false }
}

/** Its silence has taken nothing, and revoking would only prolong it. */
function silent(finding: Finding): string | null {
  return finding.cause === 'silent_agent' ? 'a silent agent has nothing to stop' : null
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
  return `thin history: ${hasEvents} events over ${Math.round(hasDays * 10) / 10} days, the policy asks for ${events} over ${days}`
}

function unwell(limits: DecisionLimits): string | null {
  const reason = limits.unwell()
  return reason === null ? null : `the detector is unwell: ${reason}`
}
