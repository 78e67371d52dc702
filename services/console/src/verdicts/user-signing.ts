import { NoKey, readIssuerKey, type Signer } from '@straylight/respond/command/signing-keys'
import { mayAnswer } from '@straylight/respond/verdict/verdict-token'
import type { Policy } from '@straylight/schemas/policy'
import { Answer, type Role } from '@straylight/schemas/verdict'
import type { SignedIn, UserRole } from '../contract/sign-in.ts'

/** With what somebody's verdicts are signed, and which the policy and the console's role let them give. */
export interface UserSigning {
  readonly issuer: string
  readonly signer: Signer | null
  /** In which role each answer that may be given is given. */
  readonly roles: ReadonlyMap<Answer, Role>
  /** What is to be done before any may; null where nothing is. */
  readonly missing: string | null
}

const answersOf: Record<UserRole, readonly Answer[]> = {
  viewer: [],
  analyst: ['true', 'false', 'ask'],
  approver: Answer.options,
  admin: Answer.options,
}

/** Looks for the key that `straylight issuer` made and for what the policy says of it: asked each time, so that either may be mended. */
export async function userSigning(
  { keys, policy, policyFile }: { keys: string; policy: Pick<Policy, 'issuers'>; policyFile: string | null },
  { role, issuer }: { role: UserRole; issuer: string },
): Promise<UserSigning> {
  const nothing = { issuer, signer: null, roles: new Map<Answer, Role>() }
  const answers = answersOf[role]
  if (answers.length === 0) return { ...nothing, missing: `The role ${role} answers no alerts.` }
  const signer = await readIssuerKey(keys, issuer).catch((error: unknown) => {
    if (error instanceof NoKey) return null
    throw error
  })
  if (policyFile === null && policy.issuers.length === 0) {
    const write = `write one with the lines that \`straylight issuer ${shellWord(issuer)}\` prints, set STRAYLIGHT_POLICY to it, and restart`
    return { ...nothing, missing: `There is no policy file, and only an issuer that it lists can answer: ${write}.` }
  }
  if (signer === null) {
    const make = `run \`straylight issuer ${shellWord(issuer)}\`, list what it prints in the policy, and restart`
    return { ...nothing, missing: `There is no key to sign as "${issuer}": ${make}.` }
  }
  const listed = policy.issuers.find(({ name }) => name === issuer)
  if (listed?.public_key !== signer.publicKey.x) {
    const what = listed === undefined ? 'names no issuer' : 'has another key for the issuer'
    return {
      ...nothing,
      missing: `The policy ${what} "${issuer}": \`straylight issuer ${shellWord(issuer)}\` prints its lines: list them, and restart.`,
    }
  }
  const given = answers.flatMap((answer) => {
    const held = listed.roles.find((one) => mayAnswer(one, answer))
    return held === undefined ? [] : [[answer, held] as const]
  })
  return { issuer, signer, roles: new Map(given), missing: null }
}

/** A name as a shell takes it: an identity provider's may hold anything. */
const shellWord = (name: string): string => (/^[\w.@:+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`)

/** The same for whoever asks who they are. */
export const signingShown = ({ issuer, roles, missing }: UserSigning): SignedIn['signing'] => ({
  ...{ issuer, missing, answers: [...roles.keys()] },
})
