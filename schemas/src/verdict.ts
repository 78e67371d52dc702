import { z } from 'zod'

export const Answer = z.enum(['approve', 'reject', 'true', 'false', 'restore', 'ask'])
export type Answer = z.infer<typeof Answer>

/** Which answers a role may give: an owner speaks for the agent, only an approver releases a command. */
export const Role = z.enum(['analyst', 'approver', 'owner'])
export type Role = z.infer<typeof Role>

const Base64Url = (charactersMax: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(charactersMax)

/**
 * A passkey's signature over the command that is approved (WebAuthn Level 3, section 7.2), each part in base64url. With the policy's public key
 * anybody can check from the log alone what was approved, and by whose key.
 */
export const PasskeySignature = z.object({
  /** Id of the credential, as the policy lists it. */
  id: Base64Url(1_400),
  authenticator_data: Base64Url(2_000),
  /** Holds the challenge: the hash of the command as it was shown (`approvalChallenge`). */
  client_data: Base64Url(4_000),
  signature: Base64Url(2_000),
})
export type PasskeySignature = z.infer<typeof PasskeySignature>

/**
 * What a person says of an alert (topic `agent.verdicts.v1`, the payload of a compact JWS, EdDSA):
 * approve or reject a held command, call the alert true or false, have a command taken back (restore), or have a command that
 * lapsed asked about anew (ask).
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
  /** The second factor of an approval. */
  passkey: PasskeySignature.optional(),
})
export type Verdict = z.infer<typeof Verdict>
