import { z } from 'zod'
import { Tier } from './agent.ts'
import { RenamedFrom } from './renamed-agent.ts'
import { Role } from './verdict.ts'

export const Severity = z.enum(['low', 'medium', 'high', 'critical'])
export type Severity = z.infer<typeof Severity>

/** What kind of straying leads: an alert is grouped by agent, cause and target. */
export const Cause = z.enum([
  'new_system',
  'new_action',
  'new_destination',
  'order',
  'arguments',
  'data_flow',
  'volume',
  'session_volume',
  'privilege',
  'credential_shared',
  'outcome',
  'window_volume',
  'rate',
  'destructive_burst',
  'refused_burst',
  'fan_out',
  'unusual_time',
  'credential_expired',
  'credential_age',
  'new_delegation',
  'new_source',
  'outside_boundary',
  'public_exposure',
  'guard_signal',
  'field_missing',
  'slow_ramp',
  'silent_agent',
  'silent_source',
  'unowned_agent',
  'name_confusable',
  'renamed_agent',
  'changed_repeat',
  'behaviour',
])
export type Cause = z.infer<typeof Cause>

/** One term of a score: the contributions of a finding sum to its score. */
export const Contribution = z.object({
  feature: z.string(),
  /** The surprise or switch itself: nats for a surprise (-ln p, capped), 0 or 1 for a switch. */
  value: z.number(),
  /** What it adds to the score. */
  contribution: z.number(),
  /** What this agent and its peers usually do, with counts. */
  expected: z.string(),
  /** What this event did. */
  seen: z.string(),
})
export type Contribution = z.infer<typeof Contribution>

/** What the event was compared with: enough to reproduce the score. */
export const Evidence = z.object({
  /** Events that the agent's own profile had learnt. */
  profile_events: z.number().int().nonnegative(),
  /** Days from the first to the latest event of the profile. */
  profile_days: z.number().nonnegative(),
  peer_group: z.string(),
  peers: z.number().int().nonnegative(),
  knowledge_version: z.number().int().nonnegative(),
  model: z.string(),
  /** Whole days for which what is usual has been learnt, while it is not yet known; absent once it is. */
  learning_day: z.number().int().nonnegative().optional(),
  /** Earlier events of the session whose output bore what this one put into its arguments, the strangest first; absent where none did. */
  fed_by: z.array(z.string()).optional(),
})
export type Evidence = z.infer<typeof Evidence>

/** Why a finding opens no alert: a person called the like of it false. */
export const Silence = z.object({
  issuer: z.string(),
  role: Role.optional(),
  reason: z.string(),
  verdict_id: z.string(),
  /** Log time, milliseconds since 1970 UTC, itself not included. */
  until: z.number().int(),
})
export type Silence = z.infer<typeof Silence>

/** A change announced in the registry, in whose time the event fell: what it brings counted less. */
export const Relearning = z.object({
  what: z.enum(['tool', 'model', 'role']),
  /** Event time, milliseconds since 1970 UTC, itself not included. */
  until: z.number().int(),
})
export type Relearning = z.infer<typeof Relearning>

/** An agent whose events named a credential, and when the first of them was, by event time. */
export const CredentialUser = z.object({
  agent: z.string(),
  tier: Tier,
  registered: z.boolean(),
  /** Event time, milliseconds since 1970 UTC. */
  first_used_at: z.number().int(),
})
export type CredentialUser = z.infer<typeof CredentialUser>

/** Whose credential it is by evidence: the registry's binding, or that of the token which sent the event. */
export const CredentialHolder = z.object({
  agent: z.string(),
  tier: Tier,
  basis: z.enum(['registry', 'token']),
})
export type CredentialHolder = z.infer<typeof CredentialHolder>

/**
 * An event that matters (topic `agent.findings.v1`): it strays, or it is quarantined from learning, or both.
 * The id is a function of the event's place in the log, so a finding made twice is the same finding.
 */
export const Finding = z.object({
  id: z.string(),
  tenant: z.string(),
  agent: z.string(),
  owner: z.string().optional(),
  tier: Tier,
  registered: z.boolean(),
  session: z.string(),
  event_id: z.string(),
  /** The event's place in the topic it was judged from: a reader drops what is not above the highest seen. */
  log: z.object({
    topic: z.string(),
    partition: z.number().int().nonnegative(),
    offset: z.number().int().nonnegative(),
  }),
  /** The source record of the event: row identity in table `events`. */
  source: z.object({
    partition: z.number().int().nonnegative(),
    offset: z.number().int().nonnegative(),
    index: z.number().int().nonnegative(),
  }),
  /** Event time and log time (when the log took the event), milliseconds since 1970 UTC. */
  time: z.number().int(),
  log_time: z.number().int(),
  system: z.string(),
  action: z.string(),
  resource: z.string().optional(),
  destinations: z.array(z.string()).optional(),
  privilege: z.string().optional(),
  credential_id: z.string().optional(),
  /** Whose credential it is by evidence; absent where the finding names none or nobody knows: what an event says of it is a claim. */
  credential_holder: CredentialHolder.optional(),
  /** The agents whose events named the credential, the first by event time first; only of a shared one. */
  credential_users: z.array(CredentialUser).optional(),
  /** How far out of character the event is: the sum of its contributions, in nats. */
  score: z.number(),
  /** The session's risk after this event, in standard deviations of the agent's usual session maximum. */
  risk: z.number(),
  /** Share of ordinary sessions that reach this event's own risk, 0 to 1. */
  p_value: z.number().min(0).max(1),
  severity: Severity,
  cause: Cause,
  /** What it strayed to: the system, destination, privilege or credential that leads. */
  target: z.string(),
  /** The event was not learnt and waits for a verdict or its expiry. */
  held_out: z.boolean(),
  /** It takes back what was found before of this agent, cause and target: events that came late show that nothing was missing. */
  withdrawn: z.literal(true).optional(),
  /** It would alert, were it not for a person's word. */
  suppressed: Silence.optional(),
  relearning: Relearning.optional(),
  /** Whom it looks like under a new name (`renamed_agent`). */
  renamed_from: RenamedFrom.optional(),
  contributions: z.array(Contribution),
  /** The sentences a SOC analyst reads first, strongest first. */
  reasons: z.array(z.string()),
  evidence: Evidence,
  /** OWASP Agentic and LLM, MITRE ATLAS. */
  techniques: z.array(z.string()),
})
export type Finding = z.infer<typeof Finding>

/**
 * Header of a record of `agent.findings.v1`, an offset of the finding's own `log` partition: findings of events from there on may
 * still come after this one, though they are of earlier events, since some agents wait for their profiles (promise 4). Without it
 * all findings of earlier events of the partition stand before it.
 */
export const openFromHeader = 'open_from'
