import { z } from 'zod'
import { ConsoleProblem } from '../../console-problem.ts'
import { UserName } from '../user-file.ts'

/** Groups of one user: what providers put into a token is fewer. */
const groupsMax = 500
/** `oidc:` and the subject are the name of an issuer: at most 200 characters. */
const subjectMax = 195

export type Claims = Readonly<Record<string, unknown>>

const Groups = z
  .union([z.string().transform((one) => [one]), z.array(z.string())])
  .transform((groups) => groups.filter((group) => group !== ''))

/** A claim by its name, which may hold dots, or by its way through objects (`realm_access.roles`). */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = Object.entries(value).find(([key]) => key === part)?.[1]
  }
  return value
}

/** The groups of a user. Throws `sign_in_refused` where the provider sent none that can be read. */
export function groupsIn(claims: Claims, name: string): string[] {
  const given = claimAt(claims, name)
  if (given === undefined) {
    throw refusal(
      `The identity provider sent no claim "${name}", so nobody knows which groups you are in. Whoever runs it must add that claim to the tokens of this console, or name another one in STRAYLIGHT_CONSOLE_OIDC_GROUPS_CLAIM.`,
    )
  }
  const read = Groups.safeParse(given)
  if (!read.success) throw refusal(`The claim "${name}" of the identity provider is no text and no list of texts.`)
  if (read.data.length > groupsMax) {
    throw refusal(
      `The identity provider sent more than ${groupsMax} groups. Let it send those that this console knows.`,
    )
  }
  return read.data
}

/** The name that audit and pages show. Throws `sign_in_refused`. */
export function userIn(claims: Claims, name: string): string {
  const verified = claims.email_verified
  if (name === 'email' && verified !== undefined && verified !== true && verified !== 'true')
    throw refusal('Your e-mail address is not verified at the identity provider.')
  const user = UserName.safeParse(claimAt(claims, name))
  if (user.success) return user.data
  throw refusal(
    `The identity provider sent no claim "${name}" that can be a name here (letters, digits and . _ @ + -). STRAYLIGHT_CONSOLE_OIDC_USER_CLAIM names another one.`,
  )
}

/** The provider's own name of a user. Throws `sign_in_refused`. */
export function subjectIn({ sub }: Claims): string {
  if (typeof sub === 'string' && sub.length <= subjectMax && /^[\x20-\x7e]+$/.test(sub)) return sub
  throw refusal(`The subject that the identity provider sent is not of 1 to ${subjectMax} ASCII characters.`)
}

const refusal = (message: string): ConsoleProblem => new ConsoleProblem('sign_in_refused', message)
