import { Tier } from '@straylight/schemas/agent'
import { Cause, Severity } from '@straylight/schemas/finding'
import { Response } from '@straylight/schemas/policy'
import { z } from 'zod'
import { listPart, Milliseconds } from './list-part.ts'

/** Longest policy that is tried: webhooks and issuers, which make policies long, change nothing here and can be left out. */
export const triedCharactersMax = 40_000
export const triedWeeksMax = 8

export const PolicyTrialBody = z.strictObject({
  /** YAML or JSON, as `policy.yaml`. */
  policy: z
    .string()
    .max(triedCharactersMax, `longer than ${triedCharactersMax} characters: leave out webhooks and issuers`),
  /** How far back, by log time. */
  weeks: z.number().int().min(1).max(triedWeeksMax).default(2),
  tenant: z.string().max(512).optional(),
})
export type PolicyTrialBody = z.output<typeof PolicyTrialBody>

/** An alert under one of the two policies. */
export const TriedAlert = z.object({
  /** Its page, where such an alert is stored. */
  alert_id: z.string().nullable(),
  /** The event that opens it. */
  event_id: z.string(),
  tenant: z.string(),
  agent: z.string(),
  tier: Tier,
  cause: Cause,
  target: z.string(),
  severity: Severity,
  answer: Response,
  summary: z.string(),
  opened_at: Milliseconds,
  findings: z.number().int(),
})
export type TriedAlert = z.infer<typeof TriedAlert>

/** What becomes of a command: it goes out, a person is asked for it, or it is recorded and not sent (shadow). */
const fate = z.enum(['sent', 'asked', 'recorded'])

export const TriedCommand = z.object({
  tenant: z.string(),
  agent: z.string(),
  alert_id: z.string().nullable(),
  /** What it hits, such as `credential jti:9c1e`. */
  hits: z.string(),
  at: Milliseconds,
  /** Null: there is no such command. */
  before: fate.nullable(),
  after: fate.nullable(),
})
export type TriedCommand = z.infer<typeof TriedCommand>

/** What another policy would have made of the findings of the last weeks, beside what the policy in force makes of them. Nothing is applied. */
export const PolicyTrial = z.object({
  as_of: Milliseconds,
  weeks: z.number().int(),
  from: Milliseconds,
  /** Log time of the last finding that was decided; null: there was none. */
  until: Milliseconds.nullable(),
  findings: z.number().int(),
  /** Not all findings of the time were decided, since there are too many. */
  more: z.boolean(),
  /** Where the policy is wrong; then nothing was decided. */
  faults: z.array(z.object({ line: z.number().int().nullable(), message: z.string() })),
  sentence: z.string(),
  /** What the proposed policy changes, in sentences. */
  says: z.array(z.string()),
  /** What it changes that stored findings can't show. */
  not_tried: z.array(z.string()),
  counts: z.object({
    appear: z.number().int(),
    vanish: z.number().int(),
    change: z.number().int(),
    stay: z.number().int(),
    commands: z.number().int(),
  }),
  appear: listPart(TriedAlert),
  vanish: listPart(TriedAlert),
  change: listPart(z.object({ before: TriedAlert, after: TriedAlert })),
  commands: listPart(TriedCommand),
})
export type PolicyTrial = z.infer<typeof PolicyTrial>
