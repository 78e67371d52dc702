import { z } from 'zod'

export const Answer = z.enum(['approve', 'reject', 'true', 'false'])
export type Answer = z.infer<typeof Answer>

/** Which answers a role may give: an owner speaks for the agent, only an approver releases a command. */
export const Role = z.enum(['analyst', 'approver', 'owner'])
export type Role = z.infer<typeof Role>

/**
 * What a person says of an alert (topic `agent.verdicts.v1`, the payload of a compact JWS, EdDSA):
 * approve or reject a held command, or call the alert true or false.
 */
export const Verdict = z.object({
  id: z.string().startsWith('vdt_'),
  alert_id: z.string(),
  tenant: z.string(),
  answer: Answer,
  reason: z.string().min(1).max(2000),
  /** Days for which a false verdict keeps the like quiet (the policy's by default and at most); 0: not at all. */
  suppress_days: z.number().int().min(0).max(365).optional(),
  /** Name and key id that the policy lists. */
  issuer: z.string(),
  role: Role,
  time: z.number().int(),
})
export type Verdict = z.infer<typeof Verdict>
