import { errorText } from '@straylight/schemas/error-text'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { compactVerify, importJWK } from 'jose'
import type { PublicKey } from './signing-keys.ts'

export type CommandCheck =
  | { readonly valid: true; readonly command: RevocationCommand }
  | { readonly valid: false; readonly reason: 'bad_signature' | 'malformed' | 'expired'; readonly detail: string }

/** What a broker checks before it looks at the subject: signature, form, expiry. `now` in milliseconds since 1970 UTC. */
export async function verifyCommand(
  token: string,
  publicKey: Pick<PublicKey, 'kty' | 'crv' | 'x'>,
  now: number,
): Promise<CommandCheck> {
  let payload: Uint8Array
  try {
    const key = await importJWK(publicKey, 'EdDSA')
    payload = (await compactVerify(token, key, { algorithms: ['EdDSA'] })).payload
  } catch (error) {
    const detail = errorText(error)
    return { valid: false, reason: 'bad_signature', detail }
  }
  const command = RevocationCommand.safeParse(parsedJson(Buffer.from(payload).toString()))
  if (!command.success) {
    const issue = command.error.issues[0]
    return { valid: false, reason: 'malformed', detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` }
  }
  if (Date.parse(command.data.not_after) <= now) {
    return { valid: false, reason: 'expired', detail: `valid until ${command.data.not_after}` }
  }
  return { valid: true, command: command.data }
}
