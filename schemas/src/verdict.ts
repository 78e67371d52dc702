import { z } from 'zod'

export const Answer = z.enum(['approve', 'reject', 'true', 'false', 'restore'])
export type Answer = z.infer<typeof Answer>

/** Which answers a role may give: an owner speaks for the agent, only an approver releases a command. */
export const Role = z.enum(['analyst', 'approver', 'owner'])
export type Role = z.infer<typeof Role>

/**
 * What a person says of an alert (topic `agent.verdicts.v1`, the payload of a compact JWS, EdDSA):
 * approve or reject a held command, call the alert true or false, or have a command taken back (restore).
 */
export const Verdict = z.object({
  id: z.string().startsWith('vdt_'),
  alert_id: z.string(),
  /** The revision of the alert that the person saw. Absent in tokens of before it was asked for. */
  alert_revision: z.number().int().positive().optional(),
  /** The command that is approved, rejected or to be taken back: no verdict speaks of another one. */
  command_id: z.string().startsWith('cmd_').optional(),
  tenant: z.string(),
  answer: Answer,
  reason: z.string().min(1).max(2000),
  /** Days for which a false verdict keeps the like quiet (the policy's by default and at most); 0: not at all. */
  suppress_days: z.number().int().min(0).max(365).optional(),
  /** Name and key id that the policy lists. */
  issuer: z.string(),
  role: Role,
  /** When it was said, by the issuer's clock, milliseconds since 1970 UTC: it counts for a short time (`approval.verdict_valid_seconds`). */
  time: z.number().int(),
})
export type Verdict = z.infer<typeof Verdict>
