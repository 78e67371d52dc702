import { z } from 'zod'

/** A session that ended (topic `agent.sessions.v1`). */
export const Session = z.object({
  tenant: z.string(),
  agent: z.string(),
  session: z.string(),
  started_at: z.number().int(),
  ended_at: z.number().int(),
  events: z.number().int().positive(),
  highest_score: z.number(),
  highest_risk: z.number(),
  knowledge_version: z.number().int().nonnegative(),
  /** The model that scored it: risks of two models are not comparable. */
  model: z.string().optional(),
  /** Its highest score joined the agent's usual session maxima in full: nothing of it was quarantined. */
  usual: z.boolean().optional(),
})
export type Session = z.infer<typeof Session>
