import { errorText } from '@straylight/schemas/error-text'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { PasskeySignature, Verdict } from '@straylight/schemas/verdict'
import { approvalChallenge } from './approval-challenge.ts'

/** What of the policy says who needs a passkey, and which counts. */
type PasskeyPolicy = Pick<Policy, 'issuers' | 'approval'>

/**
 * Why an approval lacks its second factor, in a whole sentence; null where it has it, or needs none. `command` is the held draft, or the one
 * that was sent. A function of its arguments alone: whoever has the log and the policy comes to the same answer.
 */
export async function passkeyFault(
  verdict: Verdict,
  command: RevocationCommand,
  policy: PasskeyPolicy,
): Promise<string | null> {
  if (verdict.answer !== 'approve') return null
  const passkeys = policy.issuers.find(({ name }) => name === verdict.issuer)?.passkeys ?? []
  if (passkeys.length === 0 && policy.approval.passkey === 'registered') return null
  if (passkeys.length === 0) {
    return `The policy lets nobody approve without a passkey, and lists none of ${verdict.issuer}. Make one in the console, and add it to the policy.`
  }
  const { passkey } = verdict
  if (passkey === undefined) {
    return `${verdict.issuer} has a passkey in the policy and approves with it. Approve in the console.`
  }
  const known = passkeys.find(({ id }) => id === passkey.id)
  if (known === undefined) return `The policy lists no passkey ${passkey.id} of ${verdict.issuer}.`
  const why = await signatureFault(passkey, known.public_key, {
    challenge: approvalChallenge(command, verdict.issuer),
    origins: policy.approval.passkey_origins,
  })
  return why === null ? null : `The passkey's signature does not approve this command: ${why}.`
}

async function signatureFault(
  passkey: PasskeySignature,
  publicKey: string,
  expected: { challenge: string; origins: readonly string[] },
): Promise<string | null> {
  // Approvals with a passkey are rare, and what checks them is large: loaded when the first one comes.
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { id, authenticator_data, client_data, signature } = passkey
  try {
    const { verified } = await verifyAuthenticationResponse({
      response: {
        ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
        response: { authenticatorData: authenticator_data, clientDataJSON: client_data, signature },
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origins.map((origin) => new URL(origin).origin),
      expectedRPID: expected.origins.map((origin) => new URL(origin).hostname),
      // The signature counts once by the verdict's id; counters say nothing of passkeys that are synchronised.
      credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter: 0 },
      requireUserVerification: true,
    })
    return verified ? null : 'it was not made with the key that the policy has'
  } catch (error) {
    return errorText(error)
  }
}
