import { z } from 'zod'

const Base64Url = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(8_000)

/** With what an approval is signed beside the user's key. Null: with nothing. */
export const PasskeyAsked = z.object({
  /** Hash of the command as it is shown: what the passkey signs. */
  challenge: Base64Url,
  /** The passkeys that the policy lists of this user. */
  ids: z.array(Base64Url),
  /** Where the console must be open for it. */
  origins: z.array(z.string()),
})
export type PasskeyAsked = z.infer<typeof PasskeyAsked>

export const NewPasskeyQuery = z.strictObject({ origin: z.url().max(300) })

/** What `navigator.credentials.create` takes, in JSON (`PublicKeyCredentialCreationOptionsJSON` of WebAuthn Level 3). */
export const NewPasskey = z.object({
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: Base64Url, name: z.string(), displayName: z.string() }),
  challenge: Base64Url,
  pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number().int() })),
  timeout: z.number().int(),
  excludeCredentials: z.array(z.object({ id: Base64Url, type: z.literal('public-key') })),
  authenticatorSelection: z.object({
    residentKey: z.enum(['discouraged', 'preferred', 'required']),
    userVerification: z.literal('required'),
  }),
  attestation: z.literal('none'),
})
export type NewPasskey = z.infer<typeof NewPasskey>

/** What the authenticator made. */
export const MadePasskey = z.strictObject({
  id: Base64Url,
  client_data: Base64Url,
  attestation: Base64Url,
})
export type MadePasskey = z.infer<typeof MadePasskey>

/** It counts once these lines stand in the policy, which is read at start: nobody lends themselves a right in a browser. */
export const PasskeyLines = z.object({ id: z.string(), issuer: z.string(), policy_lines: z.string() })
export type PasskeyLines = z.infer<typeof PasskeyLines>
