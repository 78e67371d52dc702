import {
  Cause,
  CredentialHolder,
  CredentialUser,
  Evidence,
  Relearning,
  Severity,
  Silence,
} from '@straylight/schemas/finding'
import { z } from 'zod'
import { Milliseconds } from './list-part.ts'

/** The agent's past of what a reason speaks of, with this event in it: what a picture of expected against seen is drawn from. */
export const ReasonStrip = z.object({
  /** One sentence that says what the strip shows: the chart's name for those who do not see it. */
  sentence: z.string(),
  /** `day`: what was counted in each day; `call`: the largest single call of each day, against this one call. */
  of: z.enum(['day', 'call']),
  unit: z.enum(['events', 'bytes', 'records']),
  /** A point a day of event time, oldest first; days without any are left out. */
  points: z.array(z.object({ time: Milliseconds, value: z.number() })),
  /** The same measure on the day of this event, or of this call. */
  seen: z.number(),
  /** Median and 99th percentile of the points; null where there are none. */
  median: z.number().nullable(),
  p99: z.number().nullable(),
})
export type ReasonStrip = z.infer<typeof ReasonStrip>

/** One term of the score. */
export const Reason = z.object({
  feature: z.string(),
  /** What the feature is called, for people. */
  title: z.string(),
  /** One sentence: what was seen against what is expected. */
  sentence: z.string(),
  expected: z.string(),
  seen: z.string(),
  /** The surprise or switch itself; nats for a surprise. */
  value: z.number(),
  /** What it adds to the score, in nats; negative where it takes away. */
  contribution: z.number(),
  strip: ReasonStrip.nullable(),
})
export type Reason = z.infer<typeof Reason>

/** A finding with its numbers. `reasons` are all of its terms, the strongest first: their contributions sum to `score`. */
export const FindingDetail = z.object({
  id: z.string(),
  event_id: z.string(),
  session: z.string(),
  time: Milliseconds,
  log_time: Milliseconds,
  system: z.string(),
  action: z.string(),
  resource: z.string().nullable(),
  destinations: z.array(z.string()),
  privilege: z.string().nullable(),
  credential_id: z.string().nullable(),
  credential_holder: CredentialHolder.nullable(),
  credential_users: z.array(CredentialUser),
  score: z.number(),
  risk: z.number(),
  p_value: z.number(),
  /** The p-value in words, such as 'one ordinary session in 600'. */
  rarity: z.string(),
  severity: Severity,
  cause: Cause,
  target: z.string(),
  quarantined: z.boolean(),
  suppressed: Silence.nullable(),
  relearning: Relearning.nullable(),
  /** The sentences that an analyst reads first, strongest first. */
  sentences: z.array(z.string()),
  reasons: z.array(Reason),
  evidence: Evidence,
  techniques: z.array(z.string()),
})
export type FindingDetail = z.infer<typeof FindingDetail>
