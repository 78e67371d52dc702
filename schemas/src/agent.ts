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
  /** What it may do; a list that is left out allows everything of its kind. */
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

/** A domain or host, as DNS has it; a domain stands for all below it. */
const HostName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^\s/@:*]+$/, 'must be a name such as acme.example, without scheme, port, path or star')

/** Places that are the organisation's own: nothing is said of data that goes there as if it had left the house. */
export const Internal = z.strictObject({
  /** With everything below them: `acme.example` stands for `dana@acme.example` and `files.eu.acme.example`. */
  domains: z.array(HostName).max(1000).default([]),
  /** Single hosts, nothing below them. */
  hosts: z.array(HostName).max(10_000).default([]),
  /** In CIDR form, IPv4 or IPv6. */
  networks: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .max(1000)
    .default([]),
  /** Accounts of clouds and banks, as their numbers are written. */
  accounts: z.array(Name).max(10_000).default([]),
  /** Buckets, with their cloud: `s3://acme-exports`. */
  buckets: z
    .array(z.string().regex(/^[a-z0-9]+:\/\/[^/\s]+$/, 'must be such as s3://acme-exports'))
    .max(10_000)
    .default([]),
})
export type Internal = z.infer<typeof Internal>

/**
 * An entry as a person writes it. An empty list of its boundary would allow nothing and alert of all that the agent does; whoever writes it
 * means that nothing is set. Knowledge of older programs may hold one.
 */
const WrittenAgent = Agent.superRefine(({ boundary }, context) => {
  for (const list of ['systems', 'actions'] as const) {
    if (boundary?.[list]?.length !== 0) continue
    const message = `an empty list allows no ${list} at all, so everything would alert: leave \`${list}\` out to allow all of them, or name those that are allowed`
    context.addIssue({ code: 'custom', path: ['boundary', list], message })
  }
})

/** The whole registry file. */
export const Registry = z.strictObject({
  version: z.literal(1),
  internal: Internal.optional(),
  agents: z.array(WrittenAgent).default([]),
})
export type Registry = z.infer<typeof Registry>
