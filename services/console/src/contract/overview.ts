import { Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import { AgentRow, AgentState } from './agent-row.ts'
import { AlertRow } from './alert-row.ts'
import { Milliseconds } from './list-part.ts'

const counts = z.record(Severity, z.number().int())

/** Something that the detector itself lacks: worth a person's look, gravest first. */
export const DetectorLack = z.object({
  kind: z.enum([
    'not_ready',
    'lag',
    'knowledge_old',
    'rejected',
    'set_aside',
    'strangers',
    'lookalikes',
    'renames',
    'unowned',
    'never_seen',
    'learning',
  ]),
  serious: z.boolean(),
  sentence: z.string(),
  count: z.number().nullable(),
})
export type DetectorLack = z.infer<typeof DetectorLack>

export const Overview = z.object({
  as_of: Milliseconds,
  agents: z.object({ total: z.number().int(), states: z.record(AgentState, z.number().int()) }),
  riskiest: z.array(AgentRow),
  alerts: z.object({
    /** Not closed, by severity. */
    open: counts,
    awaiting_approval: z.number().int(),
    /** Approved, and a circuit breaker has no free place for them yet. */
    awaiting_place: z.number().int(),
    /** Of the last 7 days, by the hour of log time in which they were opened; hours without any are left out. */
    by_hour: z.array(z.object({ time: Milliseconds, severities: counts })),
    /** The gravest open ones, at most 10. */
    gravest: z.array(AlertRow),
  }),
  budget: z.object({
    /** Share of ordinary sessions that may alert, by the policy. */
    asked: z.number(),
    /** By week (Monday 00:00 UTC of log time), oldest first, at most 12. */
    weeks: z.array(
      z.object({
        week: Milliseconds,
        sessions: z.number().int(),
        /** Sessions that opened an alert or added to one. */
        alerted: z.number().int(),
        /** alerted / sessions; null without sessions. */
        realised: z.number().nullable(),
      }),
    ),
  }),
  commands: z.object({
    /** Of the last 7 days of log time. */
    sent: z.number().int(),
    /** Took what they were to take: of two commands that revoke one credential, one. */
    applied: z.number().int(),
    refused: z.number().int(),
    unanswered: z.number().int(),
    /** Restores that a broker did. */
    restored: z.number().int(),
    /** Credentials, sessions and agents that these commands took and that nobody has restored. */
    credentials_revoked: z.number().int(),
  }),
  lacks: z.array(DetectorLack),
})
export type Overview = z.infer<typeof Overview>

export const TenantQuery = z.strictObject({ tenant: z.string().max(512).optional() })
