import { stat } from 'node:fs/promises'
import { hourMs } from '@straylight/schemas/duration'
import type { FastifyRequest } from 'fastify'
import type { BrowserSession } from './browser-sessions.ts'
import type { ConsoleCookies } from './console-cookies.ts'
import type { OidcDesk } from './oidc/oidc-desk.ts'
import { isSameHash, tokenHash } from './secret-token.ts'
import { localIssuer, type SignInParts } from './sign-in-desk.ts'
import { readUsers, type User } from './user-file.ts'

/**
 * Finds who asks: by the cookie of a browser, or by the shell's bearer token. Users, and the table of groups, are looked up again where their file has
 * changed, so that whoever is removed, or gets another role, tenant or password, is signed out.
 */
export function createIdentify(
  parts: SignInParts & { shellTokenHash: string; cookies: ConsoleCookies; oidc: OidcDesk | undefined },
) {
  let users: Promise<readonly User[]> = Promise.resolve([])
  let version = ''
  const known = async (): Promise<readonly User[]> => {
    // The file is written anew and moved into its place: another one each time.
    const { ino, mtimeMs, size } = await stat(parts.usersFile).catch(() => ({ ino: 0, mtimeMs: 0, size: 0 }))
    const found = `${ino} ${mtimeMs} ${size}`
    if (found !== version) {
      version = found
      users = readUsers(parts.usersFile)
    }
    return users
  }
  return {
    async who(request: FastifyRequest, { look = false } = {}): Promise<BrowserSession | undefined> {
      const bearer = /^Bearer ([\w-]{43})$/.exec(request.headers.authorization ?? '')?.[1]
      if (bearer !== undefined)
        return isSameHash(tokenHash(bearer), parts.shellTokenHash) ? shell(parts.now()) : undefined
      const cookie = parts.cookies.sessionOf(request)
      const session = cookie === undefined ? undefined : parts.sessions.find(cookie, { look })
      if (session === undefined || cookie === undefined) return undefined
      if (session.method === 'oidc') {
        const isUnchanged = await parts.oidc?.isUnchanged(session)
        // A table that cannot be read, such as one half written, ends no session: they go on when it is mended.
        if (isUnchanged === false) parts.sessions.end(cookie)
        return isUnchanged === true ? session : undefined
      }
      if (session.method !== 'password') return session
      const user = (await known()).find(({ name }) => name === session.user)
      if (user !== undefined && isUnchanged(user, session)) return session
      parts.sessions.endAllOf(session.user)
      return undefined
    },
    /** Whether anybody could sign in by password. A file that can't be read says so to whoever tries; a link still works. */
    hasUsers: (): Promise<boolean> =>
      known().then(
        ({ length }) => length > 0,
        () => true,
      ),
  }
}
export type Identify = ReturnType<typeof createIdentify>

/** Whoever can read the token file may do what the data folder lets them do anyway. */
const shell = (now: number): BrowserSession => ({
  ...{
    user: localIssuer,
    role: 'admin',
    tenant: null,
    method: 'token',
    expires_at: now + hourMs,
    issuer: localIssuer,
  },
})

function isUnchanged(user: User, session: BrowserSession): boolean {
  const { role, tenant, issuer, salt } = session
  return (
    user.role === role &&
    (user.tenant ?? null) === tenant &&
    (user.issuer ?? user.name) === issuer &&
    user.password.salt === salt
  )
}
