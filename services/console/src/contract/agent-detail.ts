import { AgentChange } from '@straylight/schemas/agent'
import { z } from 'zod'
import { AgentRow } from './agent-row.ts'
import { AlertRow } from './alert-row.ts'
import { FindingDetail } from './finding-detail.ts'
import { listPart, Milliseconds } from './list-part.ts'

const Spread = z.object({ median: z.number(), p99: z.number(), max: z.number() })

/** Over the hours or days in which the agent did anything. Calls are counted, bytes are bytes. */
export const UsualVolumes = z.object({
  periods: z.number().int(),
  calls: Spread,
  sent: Spread,
  received: Spread,
  records: Spread,
})
export type UsualVolumes = z.infer<typeof UsualVolumes>

export const VolumePoint = z.object({
  /** Begin of the hour or day, UTC. */
  time: Milliseconds,
  calls: z.number(),
  sent: z.number(),
  received: z.number(),
  records: z.number(),
})
export type VolumePoint = z.infer<typeof VolumePoint>

export const UsedAction = z.object({
  system: z.string(),
  /** `system/action`. */
  step: z.string(),
  first_time: Milliseconds,
  last_time: Milliseconds,
  days: z.number().int(),
  events: z.number().int(),
  /** How many of these events are not learnt: they wait for an answer, or a person called them true. */
  not_learnt: z.number().int(),
  /** Part of all that the agent did, 0 to 1. */
  share: z.number(),
  peers_that_do: z.number().int(),
  peers: z.number().int(),
  /** Allowed by the registry's boundary; null where it has none. */
  within_boundary: z.boolean().nullable(),
})
export type UsedAction = z.infer<typeof UsedAction>

/** What the registry grants and the agent does not use: what could be taken away without anybody noticing. */
export const LeastPrivilege = z.object({
  /** False: the registry sets this agent no boundary, so it may everything. */
  bounded: z.boolean(),
  granted_systems: z.array(z.string()),
  granted_actions: z.array(z.string()),
  unused_systems: z.array(z.string()),
  unused_actions: z.array(z.string()),
  /** Used although outside of the boundary: `system/action`. */
  used_outside: z.array(z.string()),
  /** OAuth scopes that its credentials bore: only what events named; whether they are used is not known. */
  scopes: z.array(z.string()),
  /** Days of events that this is drawn from. */
  days: z.number(),
  sentences: z.array(z.string()),
})
export type LeastPrivilege = z.infer<typeof LeastPrivilege>

export const AgentDetail = z.object({
  as_of: Milliseconds,
  agent: AgentRow,
  /** Why the state is what it is. */
  state_sentence: z.string(),
  /** Commands of the last 90 days that took a credential of its own, or one that it used; the latest first, at most 20. */
  revocations: z.array(
    z.object({
      sentence: z.string(),
      state: z.enum(['asked', 'revoked', 'restored']),
      command_id: z.string(),
      alert_id: z.string(),
    }),
  ),
  aliases: z.array(z.string()),
  boundary: z.object({ systems: z.array(z.string()).nullable(), actions: z.array(z.string()).nullable() }).nullable(),
  credentials: listPart(
    z.object({
      id: z.string(),
      /** The registry binds it to this agent; otherwise events only claim it. */
      bound: z.boolean(),
      first_used_at: Milliseconds.nullable(),
      last_used_at: Milliseconds.nullable(),
      issued_at: Milliseconds.nullable(),
      expires_at: Milliseconds.nullable(),
      events: z.number().int(),
    }),
  ),
  changes: z.array(AgentChange),
  peer_group: z.string().nullable(),
  /** The same measures of its peers (at most 50), so that it is seen beside them. */
  peers: listPart(z.object({ agent: z.string(), day: UsualVolumes.nullable(), risk: z.number().nullable() })),
  systems: listPart(
    z.object({
      system: z.string(),
      first_time: Milliseconds,
      last_time: Milliseconds,
      events: z.number().int(),
      not_learnt: z.number().int(),
      share: z.number(),
      steps: z.number().int(),
      within_boundary: z.boolean().nullable(),
    }),
  ),
  actions: listPart(UsedAction),
  least_privilege: LeastPrivilege,
  volumes: z.object({
    by_day: z.array(VolumePoint),
    by_hour: z.array(VolumePoint),
    day: UsualVolumes.nullable(),
    hour: UsualVolumes.nullable(),
  }),
  /** 168 numbers: calls by hour of the week in UTC, Monday 00:00 first. */
  hours_of_week: z.array(z.number()),
  destinations: listPart(
    z.object({
      destination: z.string(),
      /** `internal` in the registry covers it. */
      internal: z.boolean(),
      first_time: Milliseconds,
      last_time: Milliseconds,
      days: z.number().int(),
      events: z.number().int(),
      not_learnt: z.number().int(),
      sent: z.number(),
    }),
  ),
  /** Steps and destinations first seen in the last 7 days of its events. */
  learnt_lately: listPart(
    z.object({
      kind: z.enum(['step', 'destination']),
      name: z.string(),
      first_time: Milliseconds,
      events: z.number().int(),
      /** False: none of these events is learnt, they wait for an answer or were called true. */
      learnt: z.boolean(),
    }),
  ),
  /** Highest risk of each of its latest sessions (at most 500), oldest first; of those that run the ones with findings. */
  risk: z.array(
    z.object({
      session: z.string(),
      started_at: Milliseconds,
      /** Of one that runs, the time of its latest event. */
      ended_at: Milliseconds,
      running: z.boolean(),
      events: z.number().int(),
      score: z.number(),
      risk: z.number(),
    }),
  ),
  /** Newest first, at most 20, without strips. */
  findings: z.array(FindingDetail),
  alerts: listPart(AlertRow),
})
export type AgentDetail = z.infer<typeof AgentDetail>

export const AgentQuery = z.strictObject({ tenant: z.string().min(1).max(512), agent: z.string().min(1).max(512) })

/** Several agents of a tenant: what is granted and unused, for a review or an owner. */
export const LeastPrivilegeQuery = z.strictObject({
  tenant: z.string().max(512).optional(),
  owner: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const LeastPrivilegePage = z.object({
  as_of: Milliseconds,
  agents: z.array(z.object({ agent: AgentRow, least_privilege: LeastPrivilege })),
  more: z.boolean(),
})
export type LeastPrivilegePage = z.infer<typeof LeastPrivilegePage>
