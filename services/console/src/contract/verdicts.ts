import { PasskeySignature } from '@straylight/schemas/verdict'
import { z } from 'zod'

export const VerdictsBody = z.strictObject({
  /** Each as it was shown: a verdict on an older revision whose command or severity has changed since is refused. */
  alerts: z
    .array(
      z.strictObject({
        id: z.string().startsWith('alr_').max(200),
        revision: z.number().int().positive(),
        /** Required to approve, reject or ask again: the command that was shown. */
        command_id: z.string().startsWith('cmd_').max(200).optional(),
        /** Where the consequence of an approval asks for one. */
        passkey: PasskeySignature.optional(),
      }),
    )
    .min(1)
    .max(100),
  answer: z.enum(['approve', 'reject', 'true', 'false', 'ask']),
  reason: z.string().min(1).max(2000),
  /** Of a false verdict: days of quiet for the like of it; 0: none. Without it the policy's. */
  suppress_days: z.number().int().min(0).max(365).optional(),
})
export type VerdictsBody = z.infer<typeof VerdictsBody>

export const RestoreBody = z.strictObject({
  command_id: z.string().startsWith('cmd_').max(200),
  reason: z.string().min(1).max(2000),
})
export type RestoreBody = z.infer<typeof RestoreBody>

/** What became of one verdict. */
export const VerdictAnswer = z.object({
  alert_id: z.string(),
  verdict_id: z.string().nullable(),
  /** Null: nobody has answered in time. The verdict stands in the log and counts if `respond` takes it in time. */
  accepted: z.boolean().nullable(),
  /** `accepted`, `no_answer`, or the reason of the refusal, for programs. */
  code: z.string(),
  message: z.string(),
  command_id: z.string().nullable(),
  command_state: z.string().nullable(),
})
export type VerdictAnswer = z.infer<typeof VerdictAnswer>

export const VerdictAnswers = z.object({ answers: z.array(VerdictAnswer) })
export type VerdictAnswers = z.infer<typeof VerdictAnswers>
