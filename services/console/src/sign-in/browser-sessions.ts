import { hourMs } from '@straylight/schemas/duration'
import type { SignedIn } from '../contract/sign-in.ts'
import type { Vouched } from './oidc/oidc-roles.ts'
import { newSecretToken, tokenHash } from './secret-token.ts'

/** Sessions at a time; the one that was used least lately makes room. */
const sessionsMax = 1_000
/** Without a request for so long, somebody has gone. */
const idleMs = hourMs

/** Who is signed in, as it was when they signed in. */
export interface BrowserSession extends Pick<SignedIn, 'user' | 'role' | 'tenant' | 'method' | 'expires_at'> {
  readonly issuer: string
  /** Salt of the password that it was signed in with: another one ends it. */
  readonly salt?: string
  /** What the identity provider said: the table of groups and roles may change meanwhile. */
  readonly vouched?: Vouched & { readonly idToken: string }
}

interface Held {
  readonly session: BrowserSession
  usedAt: number
}

/** Browsers that are signed in, by the hash of the token in their cookie. They end with the process. */
export function createBrowserSessions(now: () => number) {
  const held = new Map<string, Held>()
  const isOver = ({ session, usedAt }: Held): boolean => now() >= session.expires_at || now() - usedAt >= idleMs
  return {
    /** The token for the cookie. */
    begin(session: BrowserSession): string {
      const token = newSecretToken()
      held.set(tokenHash(token), { session, usedAt: now() })
      for (const [hash, one] of held) if (isOver(one)) held.delete(hash)
      for (const oldest of held.keys()) {
        if (held.size <= sessionsMax) break
        held.delete(oldest)
      }
      return token
    },
    /** Whose token it is, which counts as a sign of life unless it is only `look`ed at. */
    find(token: string, { look = false } = {}): BrowserSession | undefined {
      const hash = tokenHash(token)
      const found = held.get(hash)
      if (found === undefined) return undefined
      held.delete(hash)
      if (isOver(found)) return undefined
      if (!look) found.usedAt = now()
      held.set(hash, found)
      return found.session
    },
    /** Who is signed in now. */
    all: (): BrowserSession[] => [...held.values()].filter((one) => !isOver(one)).map(({ session }) => session),
    end(token: string): void {
      held.delete(tokenHash(token))
    },
    /** Ends all of a user: removed, or given another password or role. */
    endAllOf(user: string): void {
      for (const [hash, { session }] of held)
        if (session.user === user && session.method === 'password') held.delete(hash)
    },
  }
}
export type BrowserSessions = ReturnType<typeof createBrowserSessions>
