import { Tier } from '@straylight/schemas/agent'
import type { Severity } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'
import type { ConcernedAgent } from './who-is-hit.ts'

/** What the policy says to a finding that concerns these agents. */
export interface PolicyAnswer {
  readonly response: Response
  /** The strictest tier of all concerned: the one that decides. */
  readonly tier: Tier
  /** An agent of a tier that runs in shadow, where one is concerned. */
  readonly shadowed: ConcernedAgent | undefined
  /** The agent for whose sake a person is asked, though the policy would revoke for the accused alone. */
  readonly asksFor: ConcernedAgent | undefined
}

/**
 * The strictest tier of all agents concerned decides. A command goes at once only where the policy says so for each of
 * them; and nobody's mildness hides what the policy tells of another.
 */
export function policyAnswer(policy: Policy, severity: Severity, concerned: readonly ConcernedAgent[]): PolicyAnswer {
  const [accused] = concerned
  if (accused === undefined) throw new RangeError('a finding concerns its own agent at least')
  const answerTo = ({ tier }: ConcernedAgent): Response => policy.tiers[tier][severity]
  const strictest = concerned.reduce((one, other) => (tierRank(other.tier) > tierRank(one.tier) ? other : one))
  const milder = concerned.find((one) => answerTo(one) !== 'revoke')
  const common = {
    tier: strictest.tier,
    shadowed: concerned.find(({ tier }) => policy.tiers[tier].shadow),
    asksFor: answerTo(accused) === 'revoke' ? milder : undefined,
  }
  const answer = answerTo(strictest)
  if (answer === 'revoke' || answer === 'approve') {
    return { ...common, response: answer === 'revoke' && milder === undefined ? 'revoke' : 'approve' }
  }
  const reported = concerned.some((one) => answerTo(one) !== 'observe')
  return { ...common, response: reported ? 'alert' : 'observe' }
}

const tierRank = (tier: Tier): number => Tier.options.indexOf(tier)

/** The stricter of two tiers. */
export const stricterTier = (one: Tier, other: Tier): Tier => (tierRank(one) >= tierRank(other) ? one : other)
