import { z } from 'zod'

/**
 * What respond made of one record of `agent.verdicts.v1` (topic `agent.verdicts.results.v1`): the answer that whoever gave
 * the verdict waits for, and respond's memory of the ids that have counted.
 */
export const VerdictOutcome = z.object({
  /** Offset of the verdict in `agent.verdicts.v1`: what the outcome answers. */
  verdict_offset: z.number().int().nonnegative(),
  /** Absent where no signature vouches for it: the id in such a token proves nothing. */
  verdict_id: z.string().optional(),
  alert_id: z.string().optional(),
  /** Whose verdict it is, where a signature vouches for it. */
  issuer: z.string().optional(),
  accepted: z.boolean(),
  /** Why, for programs: `accepted`, or the reason of the refusal. */
  code: z.string(),
  /** The same for people, in whole sentences. */
  message: z.string(),
  /** The command that it is about, and how it stands now. */
  command_id: z.string().optional(),
  command_state: z.string().optional(),
  /** Log time of the verdict, milliseconds since 1970 UTC. */
  time: z.number().int(),
})
export type VerdictOutcome = z.infer<typeof VerdictOutcome>
