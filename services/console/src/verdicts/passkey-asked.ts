import { approvalChallenge } from '@straylight/respond/verdict/approval-challenge'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { PasskeyAsked } from '../contract/passkeys.ts'

type PasskeyPolicy = Pick<Policy, 'issuers' | 'approval'>

/** What an approval by this issuer must be signed with, as `respond` will ask (`passkeyFault`); null where the issuer's key alone does. */
export function passkeyAsked(command: RevocationCommand, issuer: string, policy: PasskeyPolicy): PasskeyAsked | null {
  const ids = passkeyIdsOf(issuer, policy)
  if (ids.length === 0) return null
  return { challenge: approvalChallenge(command, issuer), ids, origins: [...policy.approval.passkey_origins] }
}

/** Why this issuer approves nothing yet; null where nothing is missing. */
export const passkeyMissing = (issuer: string, policy: PasskeyPolicy): string | null =>
  policy.approval.passkey === 'required' && passkeyIdsOf(issuer, policy).length === 0
    ? `The policy asks for a passkey to approve, and lists none of "${issuer}": make one on the page of approvals.`
    : null

export const passkeyIdsOf = (issuer: string, { issuers }: Pick<Policy, 'issuers'>): string[] =>
  issuers.find(({ name }) => name === issuer)?.passkeys.map(({ id }) => id) ?? []
