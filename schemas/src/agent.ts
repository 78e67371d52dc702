import { z } from 'zod'
import { CredentialBinding, Name, Tenant } from './agent-event.ts'

/** How much harm an agent could do: what the policy decides by. */
export const Tier = z.enum(['low', 'medium', 'high', 'critical'])
export type Tier = z.infer<typeof Tier>

/** A change that its people announce: for some days what it brings is learnt, and counts less, instead of alerting. */
export const AgentChange = z
  .strictObject({
    /** From when, ISO 8601. */
    time: z.iso.datetime({ offset: true }),
    what: z.enum(['tool', 'model', 'role']),
    /** What a new tool adds; with both, a step must be in both. */
    systems: z.array(Name).min(1).max(100).optional(),
    actions: z.array(Name).min(1).max(100).optional(),
    relearn_days: z.number().int().min(1).max(14).default(7),
  })
  .refine(({ what, systems, actions }) => what !== 'tool' || systems !== undefined || actions !== undefined, {
    message: 'a new tool names its systems or actions',
  })
export type AgentChange = z.infer<typeof AgentChange>

/** One entry of the registry (`agents.yaml`, topic `agent.registry.v1`): who an agent is and whose. */
export const Agent = z.strictObject({
  tenant: Tenant.default('default'),
  agent: Name,
  owner: Name.optional(),
  tier: Tier.default('medium'),
  /** Peer group; without one, agents of like tool use are grouped. */
  role: Name.optional(),
  /** Other names its logs use: service accounts, role ARNs, client ids. */
  aliases: z.array(z.string().min(1).max(2048)).max(100).default([]),
  boundary: z
    .strictObject({
      systems: z.array(Name).optional(),
      actions: z.array(Name).optional(),
    })
    .optional(),
  /** The credentials that are this agent's: evidence of who holds one, where an event only claims it. */
  credentials: CredentialBinding.optional(),
  credential_lifetime_hours: z.number().positive().optional(),
  changes: z.array(AgentChange).max(20).optional(),
})
export type Agent = z.infer<typeof Agent>

/** The whole registry file. */
export const Registry = z.strictObject({
  version: z.literal(1),
  agents: z.array(Agent).default([]),
})
export type Registry = z.infer<typeof Registry>
