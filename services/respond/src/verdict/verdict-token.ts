import { errorText } from '@straylight/schemas/error-text'
import type { Policy } from '@straylight/schemas/policy'
import { type Answer, type Role, Verdict } from '@straylight/schemas/verdict'
import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK } from 'jose'
import type { Signer } from '../command/signing-keys.ts'

const tokenType = 'straylight-verdict+jws'
/** A verdict is some hundred bytes; its reason at most 2,000 characters. */
const tokenCharactersMax = 20_000

/** Who may say what. An owner speaks for the agent, only an approver releases, rejects or takes back a command. */
const rolesOf: Record<Answer, readonly Role[]> = {
  approve: ['approver'],
  reject: ['approver'],
  true: ['analyst', 'owner', 'approver'],
  false: ['analyst', 'owner', 'approver'],
  restore: ['approver'],
  // It releases nothing: an approver decides about what is then asked.
  ask: ['analyst', 'approver'],
}

/** Whether this role may give this answer. */
export const mayAnswer = (role: Role, answer: Answer): boolean => rolesOf[answer].includes(role)

export type VerdictRefusal =
  | 'malformed'
  | 'unknown_issuer'
  | 'bad_signature'
  | 'role_not_held'
  | 'role_may_not'
  | 'other_tenant'

/** `signed`: what the issuer's own key vouches for, though it may not say it; its id counts as used. */
export type VerdictCheck =
  | { readonly verdict: Verdict }
  | { readonly refused: VerdictRefusal; readonly detail: string; readonly signed?: Verdict }

/** A verdict as a compact JWS, the value of a record of `agent.verdicts.v1`. */
export function signVerdict(verdict: Verdict, signer: Signer): Promise<string> {
  return signer.sign(JSON.stringify(Verdict.parse(verdict)), tokenType)
}

/** Verifies who says it, and whether the policy lets them say it. Never throws for what the token holds. */
export async function verifyVerdict(token: string, issuers: Policy['issuers']): Promise<VerdictCheck> {
  const claimed = claimsOf(token)
  if ('refused' in claimed) return claimed
  const { verdict } = claimed
  const issuer = issuers.find((known) => known.name === verdict.issuer)
  if (issuer === undefined)
    return { refused: 'unknown_issuer', detail: `the policy names no issuer "${verdict.issuer}"` }
  if (!(await isSignedBy(token, issuer.public_key))) {
    return { refused: 'bad_signature', detail: `not signed with the key the policy has for "${issuer.name}"` }
  }
  if (!issuer.roles.includes(verdict.role)) {
    return { refused: 'role_not_held', detail: `"${issuer.name}" is not ${verdict.role}`, signed: verdict }
  }
  if (!mayAnswer(verdict.role, verdict.answer)) {
    return {
      refused: 'role_may_not',
      detail: `${verdict.answer} needs the role ${rolesOf[verdict.answer].join(' or ')}`,
      signed: verdict,
    }
  }
  if (!issuer.tenants.includes('*') && !issuer.tenants.includes(verdict.tenant)) {
    const detail = `"${issuer.name}" does not speak for tenant "${verdict.tenant}"`
    return { refused: 'other_tenant', detail, signed: verdict }
  }
  return { verdict }
}

/** What a token says, verified by nobody. */
export function claimsOf(token: string): { verdict: Verdict } | { refused: 'malformed'; detail: string } {
  if (token.length > tokenCharactersMax) return { refused: 'malformed', detail: 'longer than a verdict can be' }
  try {
    const { alg, typ } = decodeProtectedHeader(token)
    if (alg !== 'EdDSA' || typ !== tokenType) return { refused: 'malformed', detail: `expected EdDSA and ${tokenType}` }
    const claims = Verdict.safeParse(decodeJwt(token))
    if (claims.success) return { verdict: claims.data }
    const issue = claims.error.issues[0]
    return { refused: 'malformed', detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` }
  } catch (error) {
    return { refused: 'malformed', detail: errorText(error) }
  }
}

async function isSignedBy(token: string, publicKeyX: string): Promise<boolean> {
  try {
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKeyX }, 'EdDSA')
    await compactVerify(token, key, { algorithms: ['EdDSA'] })
    return true
  } catch {
    // A key that can't be read and a signature that does not fit say the same: nobody vouches for this.
    return false
  }
}
