import { errorText } from '@straylight/schemas/error-text'
import type { Policy } from '@straylight/schemas/policy'
import { ConsoleProblem } from '../console-problem.ts'
import { type MadePasskey, NewPasskey, type PasskeyLines } from '../contract/passkeys.ts'
import { passkeyIdsOf } from './passkey-asked.ts'

/** How long somebody may take to show a finger, and how many may be asked at a time; the oldest makes room. */
const validMs = 5 * 60_000
const askedMax = 100

interface Asked {
  readonly challenge: string
  readonly origin: string
  readonly until: number
}

/** Who makes a passkey. */
export interface PasskeyMaker {
  readonly user: string
  readonly issuer: string
}

/**
 * Makes passkeys (WebAuthn Level 3, section 7.1). Nothing is kept here: a passkey counts once its lines stand in the policy, so whoever takes
 * over the console, or a browser that is signed in, gives nobody the right to approve.
 */
export function createNewPasskeys({
  now,
  policy,
}: {
  now: () => number
  policy: Pick<Policy, 'issuers' | 'approval'>
}) {
  const asked = new Map<string, Asked>()
  const origins = policy.approval.passkey_origins.map((origin) => new URL(origin).origin)
  return {
    async ask({ user, issuer }: PasskeyMaker, origin: string): Promise<NewPasskey> {
      if (!origins.includes(origin)) {
        const where = origins.join(' or ')
        throw new ConsoleProblem(
          'bad_request',
          `Passkeys are made for ${where} (\`approval.passkey_origins\` of the policy), and this page is open at ${origin}. Open it there.`,
        )
      }
      const { generateRegistrationOptions } = await import('@simplewebauthn/server')
      const options = await generateRegistrationOptions({
        ...{ rpName: 'Straylight', rpID: new URL(origin).hostname, userName: user, userDisplayName: user },
        timeout: validMs,
        attestationType: 'none',
        excludeCredentials: passkeyIdsOf(issuer, policy).map((id) => ({ id })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      })
      asked.delete(user)
      for (const name of asked.keys()) if (asked.size >= askedMax) asked.delete(name)
      asked.set(user, { challenge: options.challenge, origin, until: now() + validMs })
      return NewPasskey.parse(options)
    },
    async made({ user, issuer }: PasskeyMaker, passkey: MadePasskey): Promise<PasskeyLines> {
      const open = asked.get(user)
      asked.delete(user)
      if (open === undefined || open.until < now()) {
        throw new ConsoleProblem('bad_request', 'Nobody asked for this passkey, or too long ago. Make it again.')
      }
      const { id, publicKey } = await verified(passkey, open)
      return { id, issuer, policy_lines: policyLines(issuer, id, Buffer.from(publicKey).toString('base64url')) }
    },
  }
}

async function verified({ id, client_data, attestation }: MadePasskey, { challenge, origin }: Asked) {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const result = await verifyRegistrationResponse({
    response: {
      ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
      response: { clientDataJSON: client_data, attestationObject: attestation },
    },
    ...{ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: new URL(origin).hostname },
    requireUserVerification: true,
  }).catch((error: unknown) => {
    throw new ConsoleProblem('bad_request', `The passkey was not made: ${errorText(error)}`, { cause: error })
  })
  if (!result.verified) throw new ConsoleProblem('bad_request', 'The passkey was not made: its signature is wrong.')
  return result.registrationInfo.credential
}

/** What the policy's entry of the issuer gets. */
const policyLines = (issuer: string, id: string, publicKey: string): string => `issuers:
  - name: ${JSON.stringify(issuer)} # add to the entry that is there
    passkeys:
      - { id: ${JSON.stringify(id)}, public_key: ${JSON.stringify(publicKey)} }`
