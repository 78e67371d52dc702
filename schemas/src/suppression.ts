import { z } from 'zod'
import { Cause, Silence } from './finding.ts'
import type { Policy } from './policy.ts'

/**
 * A false verdict at work: findings of this agent, cause and target open no alert while it lasts, and say by whom, why and
 * until when. It travels in a knowledge version, so a replay knows it too. A later true verdict on the same lifts it.
 */
export const Suppression = Silence.extend({
  tenant: z.string(),
  agent: z.string(),
  cause: Cause,
  target: z.string(),
  /** The highest score (nats) that it silences: what was judged, times the policy's factor. Worse is reported. */
  score_max: z.number(),
  alert_id: z.string(),
  /** Log time, milliseconds since 1970 UTC, of the moment the verdict was taken. */
  from: z.number().int(),
})
export type Suppression = z.infer<typeof Suppression>

/** For how many days a false verdict keeps its like quiet: as it says, or else as the policy does, and never longer than that allows. */
export const suppressedDays = (
  { suppress_days }: { readonly suppress_days?: number | undefined },
  policy: Policy['suppression'],
): number => Math.min(suppress_days ?? policy.days, policy.days_max)
