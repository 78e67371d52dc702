import { Finding } from '@straylight/schemas/finding'
import { z } from 'zod'
import { FindingDetail, Reason } from './finding-detail.ts'
import { Milliseconds, pageOf } from './list-part.ts'
import { TraceEvent } from './trace-event.ts'

export const SessionQuery = z.strictObject({
  tenant: z.string().min(1).max(512),
  agent: z.string().min(1).max(512),
  session: z.string().min(1).max(512),
  cursor: z.string().max(4000).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
})

/** The trace of one session: its events in order of time. */
export const SessionEvents = pageOf(TraceEvent).extend({
  tenant: z.string(),
  agent: z.string(),
  session: z.string(),
  events: z.number().int(),
  /** Event times of its first and last event. */
  started_at: Milliseconds,
  last_at: Milliseconds,
  /** Once it has ended. */
  ended: z
    .object({ at: Milliseconds, highest_score: z.number(), highest_risk: z.number(), usual: z.boolean() })
    .nullable(),
  alerts: z.array(z.string()),
})
export type SessionEvents = z.infer<typeof SessionEvents>

export const ExplainQuery = z.strictObject({
  /** An event, as its shipper named it. */
  event: z.string().min(1).max(512),
  /** Where several agents sent one of this id. */
  tenant: z.string().max(512).optional(),
  agent: z.string().max(512).optional(),
})

/** Why an event alerted, or why it did not: the judgement worked out again from what is stored. */
export const EventExplanation = z.object({
  as_of: Milliseconds,
  event_id: z.string(),
  /** One of each agent that sent an event of this id, the latest first. */
  agents: z.array(
    z.object({
      tenant: z.string(),
      agent: z.string(),
      event: TraceEvent.nullable(),
      findings: z.array(FindingDetail),
      /** The same as they stand in `agent.findings.v1`, for programs. */
      records: z.array(Finding),
      /** `history` was learnt as vetted and never scored; `nothing`: the knowledge or the events before it are no longer stored. */
      judged: z.enum(['judgement', 'history', 'nothing']),
      /** In whole sentences: the verdict, the terms, what it was compared with, whether it was learnt. */
      lines: z.array(z.string()),
      judgement: z
        .object({
          alerts: z.boolean(),
          score: z.number(),
          /** Of the event, and of its session so far. */
          risk: z.number(),
          session_risk: z.number(),
          p_value: z.number(),
          /** Share of ordinary sessions that may alert. */
          budget: z.number(),
          quarantined: z.boolean(),
          /** Their contributions sum to the score. */
          reasons: z.array(Reason),
          knowledge_version: z.number().int(),
          model: z.string(),
          peer_group: z.string(),
          peers: z.number().int(),
          profile_events: z.number(),
          profile_days: z.number(),
        })
        .nullable(),
      /** SQL that shows the counts behind it, for `clickhouse-client`. */
      query: z.string().nullable(),
    }),
  ),
  more: z.boolean(),
})
export type EventExplanation = z.infer<typeof EventExplanation>
