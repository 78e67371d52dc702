import { Tier } from '@straylight/schemas/agent'
import { Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import { Milliseconds, pageOf } from './list-part.ts'

/**
 * How an agent stands: `learning` (too little is known of it to judge what is new), `watched`, `held` (a command holds or has taken a
 * credential of its own, whoever used it), `silent` (nothing was heard for longer than usual), `never_seen` (registered, no event yet).
 */
export const AgentState = z.enum(['learning', 'watched', 'held', 'silent', 'never_seen'])
export type AgentState = z.infer<typeof AgentState>

export const AgentRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  registered: z.boolean(),
  owner: z.string().nullable(),
  /** Null: not registered. */
  tier: Tier.nullable(),
  role: z.string().nullable(),
  state: AgentState,
  /**
   * Highest risk of its sessions of the last 7 days of event time, those that run included, in standard deviations of its usual; null:
   * none ended, and none that runs has a finding.
   */
  risk: z.number().nullable(),
  open_alerts: z.number().int(),
  worst_severity: Severity.nullable(),
  events: z.number().int(),
  first_seen: Milliseconds.nullable(),
  last_seen: Milliseconds.nullable(),
})
export type AgentRow = z.infer<typeof AgentRow>

/** As for alerts, `field:value`: agent, tenant, owner, role, tier, state, registered (yes or no). A word is looked for in the name. */
export const agentSearchFields = ['agent', 'tenant', 'owner', 'role', 'tier', 'state', 'registered'] as const

/** What the fields with fixed values can hold; `tier:""`: not registered. */
export const agentSearchValues = {
  tier: [...Tier.options, ''],
  state: AgentState.options,
  registered: ['yes', 'no'],
} as const satisfies Partial<Record<(typeof agentSearchFields)[number], readonly string[]>>

export const AgentsQuery = z.strictObject({
  search: z.string().max(1000).optional(),
  tenant: z.string().max(512).optional(),
  /** `risk`: by the worst open alert, then by risk. */
  sort: z.enum(['risk', 'name', 'last_seen', 'events', 'open_alerts']).default('risk'),
  cursor: z.string().max(4000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const AgentPage = pageOf(AgentRow).extend({ total: z.number().int() })
export type AgentPage = z.infer<typeof AgentPage>
