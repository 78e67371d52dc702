import { type Agent, Tier } from '@straylight/schemas/agent'
import type { EventToken } from '@straylight/schemas/event-token'
import type { Policy } from '@straylight/schemas/policy'

/** What evidence of credentials a deployment has: entries of the registry, and tokens that bind some. */
export interface CredentialEvidence {
  readonly agents: readonly Agent[]
  readonly tokens: readonly EventToken[]
}

/**
 * Sentences on tiers in use whose `revoke` hits no credential by itself, since nothing but the events says whose one is; and on what
 * the policy leaves to the broker.
 */
export function automaticRevocation(policy: Policy, evidence: CredentialEvidence): string[] {
  const left = policy.revocation.broker_checks_holder
  const lines = left
    ? [
        'The broker checks the holder (revocation.broker_checks_holder): a credential or session of which no evidence says whose it is goes without a person. The broker must refuse where precondition.holder_agent_id is not the holder.',
      ]
    : []
  for (const tier of Tier.options) {
    const { shadow, ...answers } = policy.tiers[tier]
    if (!isInUse(tier, evidence.agents)) continue
    if (left || shadow || !Object.values(answers).includes('revoke') || hasEvidence(tier, evidence)) continue
    lines.push(
      `Tier ${tier} revokes, and neither the registry nor a token says whose any credential of such an agent is: every command on a credential or session waits for a person. Give the agents \`credentials\` in agents.yaml (ids or prefixes).`,
    )
  }
  return lines
}

/** Agents that no registry names count as medium, so that one always is. */
const isInUse = (tier: Tier, agents: readonly Agent[]): boolean =>
  tier === 'medium' || agents.some((agent) => agent.tier === tier)

function hasEvidence(tier: Tier, { agents, tokens }: CredentialEvidence): boolean {
  const ofTier = agents.filter((agent) => agent.tier === tier)
  if (ofTier.some(({ credentials }) => credentials !== undefined)) return true
  const bound = tokens.filter(({ credentials, agents: named }) => credentials !== undefined && named !== undefined)
  return ofTier.some(({ tenant, agent }) =>
    bound.some((token) => token.tenant === tenant && token.agents?.includes(agent) === true),
  )
}
