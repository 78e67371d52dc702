import { Tier } from '@straylight/schemas/agent'
import type { Severity } from '@straylight/schemas/finding'
import type { Policy, Response } from '@straylight/schemas/policy'
import { strongerOf } from './severity.ts'
import type { ConcernedAgent, Hit } from './who-is-hit.ts'

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
 * them; and nobody's mildness hides what the policy tells of another. Agents that would not be hit raise the answer, to a question to a
 * person at most, and never lower it.
 */
export function policyAnswer(
  policy: Policy,
  severity: Severity,
  hit: Pick<Hit, 'concerned' | 'bystanders'>,
): PolicyAnswer {
  const raisedBy = (answer: PolicyAnswer, { tier }: ConcernedAgent): PolicyAnswer => {
    const response = strongerOf(answer.response, askedAtMost(policy, tier, severity))
    return response === answer.response ? answer : { ...answer, response, tier }
  }
  return hit.bystanders.reduce(raisedBy, answerToHit(policy, severity, hit.concerned))
}

/** What a tier says to a command that does not hit it. Of a tier in shadow nobody is asked. */
function askedAtMost(policy: Policy, tier: Tier, severity: Severity): Response {
  const { [severity]: answer, shadow } = policy.tiers[tier]
  if (answer === 'observe' || answer === 'alert') return answer
  return shadow ? 'alert' : 'approve'
}

function answerToHit(policy: Policy, severity: Severity, concerned: readonly ConcernedAgent[]): PolicyAnswer {
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
