import { hourMs } from '@straylight/schemas/duration'
import { ConsoleProblem } from '../console-problem.ts'
import type { SignInBody } from '../contract/sign-in.ts'
import type { BrowserSession, BrowserSessions } from './browser-sessions.ts'
import type { OneTimeLinks } from './one-time-links.ts'
import type { SignInLimit } from './sign-in-limit.ts'
import { hashPassword, isPassword, readUsers, type User } from './user-file.ts'

/** Whose verdicts those of a link or of the shell are: the issuer that `straylight verdict` takes where none is named. */
export const localIssuer = 'operator'

export interface SignInParts {
  readonly links: OneTimeLinks
  readonly sessions: BrowserSessions
  readonly limit: SignInLimit
  readonly usersFile: string
  readonly sessionHours: number
  readonly now: () => number
}

/** The password hash of nobody: an unknown name costs as much time as a wrong password. */
const nobody = hashPassword('nobody has this one')

/** Signs somebody in; resolves with the token for the cookie. Throws `sign_in_refused` or `too_many`. */
export async function signIn(parts: SignInParts, body: SignInBody, address: string): Promise<string> {
  const names = 'token' in body ? [`at ${address}`] : [`at ${address}`, `user ${body.user}`]
  const seconds = parts.limit.waitSeconds(names)
  if (seconds > 0) {
    throw new ConsoleProblem('too_many', `Too many attempts to sign in. Try again in ${seconds} s.`, {
      retryAfterSeconds: seconds,
    })
  }
  const session = 'token' in body ? byLink(parts, body.token) : await byPassword(parts, body)
  if (session !== undefined) return parts.sessions.begin(session)
  parts.limit.failed(names)
  throw new ConsoleProblem(
    'sign_in_refused',
    'token' in body
      ? 'This link was used before or is too old. `straylight link` makes a new one.'
      : 'User or password are wrong.',
  )
}

const expiry = ({ now, sessionHours }: SignInParts): number => now() + sessionHours * hourMs

function byLink(parts: SignInParts, token: string): BrowserSession | undefined {
  if (!parts.links.use(token)) return undefined
  return {
    user: localIssuer,
    role: 'admin',
    tenant: null,
    method: 'link',
    expires_at: expiry(parts),
    issuer: localIssuer,
  }
}

async function byPassword(
  parts: SignInParts,
  { user: name, password }: { user: string; password: string },
): Promise<BrowserSession | undefined> {
  const user = (await readUsers(parts.usersFile)).find((known) => known.name === name)
  const fits = await isPassword(password, user?.password ?? (await nobody))
  return user !== undefined && fits ? sessionOf(user, expiry(parts)) : undefined
}

const sessionOf = ({ name, role, tenant, issuer, password }: User, expires_at: number): BrowserSession => ({
  ...{
    user: name,
    role,
    tenant: tenant ?? null,
    method: 'password',
    expires_at,
    issuer: issuer ?? name,
    salt: password.salt,
  },
})
