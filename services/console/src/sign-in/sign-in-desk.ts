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
  if ('token' in body) {
    // 256 bits that nobody guesses: a limit would only let others shut out whoever has the link.
    const session = byLink(parts, body.token)
    if (session !== undefined) return parts.sessions.begin(session)
    throw refusal('This link was used before or is too old. `straylight link` makes a new one.')
  }
  const attempt = { user: body.user, address }
  const seconds = parts.limit.waitSeconds(attempt)
  if (seconds > 0) {
    throw new ConsoleProblem('too_many', `Too many attempts to sign in. Try again in ${seconds} s.`, {
      retryAfterSeconds: seconds,
    })
  }
  const session = await byPassword(parts, body)
  if (session !== undefined) return parts.sessions.begin(session)
  parts.limit.failed(attempt)
  throw refusal('User or password are wrong.')
}

const refusal = (message: string): ConsoleProblem => new ConsoleProblem('sign_in_refused', message)

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
