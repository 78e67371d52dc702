import { z } from 'zod'
import { Agent } from './agent.ts'
import { AgentEvent } from './agent-event.ts'
import { GrowthLimits } from './policy.ts'
import { RenamedAgent } from './renamed-agent.ts'
import { Suppression } from './suppression.ts'
import { WindowTotal } from './window-total.ts'

/**
 * A shared level of counts: a peer group, or the whole tenant. Packed: base64 of little-endian rows
 * `key f64, count f64, types u32` (see `models/src/profile/count-table.ts`), sorted by key, gzipped.
 */
export const SharedLevel = z.object({
  tenant: z.string(),
  /** Peer group id, or '*' for the tenant. */
  group: z.string(),
  agents: z.number().int().nonnegative(),
  events: z.number().nonnegative(),
  table: z.string(),
})
export type SharedLevel = z.infer<typeof SharedLevel>

/** A quarantined event that is now learnt (+1), or a learnt one that is taken back (-1). */
export const Correction = z.object({
  tenant: z.string(),
  agent: z.string(),
  sign: z.union([z.literal(1), z.literal(-1)]),
  event: AgentEvent,
  /** Order context of the event as it stands in table `events`. */
  previous_step: z.string(),
  previous_step_2: z.string(),
  session_bytes_sent: z.number(),
  session_bytes_received: z.number(),
  flows: z
    .array(
      z.object({
        value: z.number().int().nonnegative(),
        argument: z.string(),
        kind: z.string(),
        source: z.string(),
        root: z.enum(['requested', 'ambient', 'context', 'invented', '']),
        call: z.number().int().nonnegative(),
      }),
    )
    .nullable(),
  root: z.enum(['requested', 'ambient', 'context', 'invented']),
  late: z.boolean(),
  /** Totals of the agent's windows, as `followSession` reported them. */
  closed: z.array(WindowTotal),
  passed: z.array(WindowTotal),
  why: z.string(),
})
export type Correction = z.infer<typeof Correction>

/** A session of which a person has spoken: its highest score joins the agent's usual session maxima (+1) or leaves them (-1). */
export const SessionCorrection = z.object({
  tenant: z.string(),
  agent: z.string(),
  session: z.string(),
  started_at: z.number().int(),
  sign: z.union([z.literal(1), z.literal(-1)]),
  highest_score: z.number(),
  why: z.string(),
})
export type SessionCorrection = z.infer<typeof SessionCorrection>

/** What verdicts add to the calibration of one tenant. */
export const JudgedSessions = z.object({
  tenant: z.string(),
  /** Sessions that ended in the time that is looked at, judged or not. */
  sessions: z.number().int().nonnegative(),
  /** Risks of sessions that alerted and were called false, ascending. */
  risks: z.array(z.number()),
})
export type JudgedSessions = z.infer<typeof JudgedSessions>

/** Since when a tenant has been known, and whether history that somebody vouched for was imported for it. */
export const TenantHistory = z.object({
  tenant: z.string(),
  vetted: z.boolean(),
  /** Log time of its first event, milliseconds since 1970 UTC. */
  since: z.number().int(),
})
export type TenantHistory = z.infer<typeof TenantHistory>

/** How often sessions alerted against how often they should: what the p-values of a tenant are multiplied by. */
export const BudgetFeedback = z.object({
  tenant: z.string(),
  /** 1 where the budget is kept, above where too many sessions alerted. */
  factor: z.number().positive(),
})
export type BudgetFeedback = z.infer<typeof BudgetFeedback>

/** How many agents a tenant has, as far as they count: registered ones, and those with the history that the policy asks for. */
export const AgentPopulation = z.object({ tenant: z.string(), agents: z.number().int().nonnegative() })
export type AgentPopulation = z.infer<typeof AgentPopulation>

/**
 * Everything that changes a score (topic `agent.knowledge.v1`): immutable, numbered, switched on by a marker
 * on every partition of `agent.events.v1`. Sent in parts (`KnowledgePart`) below the log's record limit.
 */
export const Knowledge = z.object({
  version: z.number().int().positive(),
  /** Log time of its making; event time up to which shared levels have learnt. */
  made_at: z.number().int(),
  learnt_until: z.number().int(),
  /** First day of the weights (days since 1970). */
  origin_day: z.number().int(),
  /** SipHash key of the profile keys, 32 hex digits. */
  profile_key: z.string().length(32),
  /** Peer group of each agent, by `tenant|agent`. */
  groups: z.record(z.string(), z.string()),
  levels: z.array(SharedLevel),
  registry: z.array(Agent),
  /** The model artifact, whole. */
  model: z.unknown(),
  /** Share of ordinary sessions that may alert (from the policy). */
  session_alert_rate: z.number().positive(),
  corrections: z.array(Correction),
  /** Imported events that agents' own profiles have learnt: those at places below it among all of history. Absent in versions of programs that did not tell it. */
  history_until: z.number().int().nonnegative().optional(),
  session_corrections: z.array(SessionCorrection).default([]),
  suppressions: z.array(Suppression).default([]),
  judged: z.array(JudgedSessions).default([]),
  budget_feedback: z.array(BudgetFeedback).default([]),
  /** Which tenants are known, and since when. Absent in versions of programs that did not tell it: then nobody is learning. */
  tenants: z.array(TenantHistory).optional(),
  /** Days for which a tenant without vetted history is learnt. Absent where `tenants` is. */
  learning_days: z.number().nonnegative().optional(),
  /** The policy's limits of growth within a week; absent in versions of before they were known. */
  growth_limits: GrowthLimits.optional(),
  /** Agents that look like another under a new name. Nothing is judged by it: they stay strangers. Absent in versions of programs that did not look. */
  renames: z.array(RenamedAgent).optional(),
  /** What the breakers' share is a share of. Absent in versions of programs that did not tell it. */
  population: z.array(AgentPopulation).optional(),
})
export type Knowledge = z.infer<typeof Knowledge>

export const KnowledgePart = z.object({
  version: z.number().int().positive(),
  part: z.number().int().nonnegative(),
  /** At most 4 GB in all. */
  parts: z.number().int().positive().max(10_000),
  /** SHA-256 of the whole. */
  sha256: z.string().length(64),
  /** base64 of a piece of the gzipped JSON. */
  piece: z.string(),
})
export type KnowledgePart = z.infer<typeof KnowledgePart>

/** Stands in `agent.events.v1` and `agent.credentials.v1` under the key `marker` and the header `type: marker`. */
export const Marker = z.object({ version: z.number().int().positive() })
export type Marker = z.infer<typeof Marker>
