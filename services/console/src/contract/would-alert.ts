import { Cause, Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import { Milliseconds } from './list-part.ts'

/** Something that an agent could do, and what the scorer would say of it now. */
export const HypotheticalDeed = z.object({
  kind: z.enum(['usual', 'amount', 'often', 'new', 'where', 'when', 'rights', 'outcome', 'together']),
  /** Goes on after 'It alerts if it …' */
  deed: z.string(),
  alerts: z.boolean(),
  /** It would not be learnt until somebody answers. */
  quarantined: z.boolean(),
  risk: z.number(),
  /** Share of ordinary sessions that come as far. */
  p_value: z.number(),
  /** The same in words. */
  rarity: z.string(),
  cause: Cause.nullable(),
  severity: Severity.nullable(),
  /** The leading reason, as the alert would say it. */
  reason: z.string().nullable(),
})
export type HypotheticalDeed = z.infer<typeof HypotheticalDeed>

/** What would alert of one agent, asked of the scorer with its stored profile and the latest knowledge. Nothing of it is learnt. */
export const WouldAlertAnswer = z.object({
  as_of: Milliseconds,
  tenant: z.string(),
  agent: z.string(),
  sentence: z.string(),
  /** Empty: there is no stored profile or event to ask with. */
  deeds: z.array(HypotheticalDeed),
  knowledge_version: z.number().int().nullable(),
  /** Events and days that the stored profile has learnt. */
  profile_events: z.number().int(),
  profile_days: z.number(),
  /** What was not asked, in sentences. */
  not_asked: z.array(z.string()),
})
export type WouldAlertAnswer = z.infer<typeof WouldAlertAnswer>
