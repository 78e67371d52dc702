import { hourMs, minuteMs } from '@straylight/schemas/duration'
import { z } from 'zod'
import { ConsoleProblem } from '../../console-problem.ts'
import type { BrowserSession, BrowserSessions } from '../browser-sessions.ts'
import type { SealedText } from '../sealed-text.ts'
import { localIssuer } from '../sign-in-desk.ts'
import { readUsers } from '../user-file.ts'
import { createIdentityProvider, type IdentityProviderOptions } from './identity-provider.ts'
import { groupsIn, subjectIn, userIn } from './oidc-claims.ts'
import { createOidcRoles, type OidcRoles, oidcRightsOf } from './oidc-roles.ts'

/** How long somebody may take at the provider: a password, a second factor, a call to the help desk. */
const flowMs = 10 * minuteMs
/** Browsers that come back at a time: each costs requests to the provider. */
const comingBackMax = 50
const purpose = 'oidc-flow'
/** A longer ID token is not kept: it would not fit the address of a sign-out. */
const idTokenMax = 4_000

const KeptFlow = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string() })

export interface OidcOptions extends Omit<IdentityProviderOptions, 'redirectUri' | 'signedOutUri'> {
  readonly userClaim: string
  readonly rolesFile: string
}

export interface OidcDeskParts {
  readonly oidc: OidcOptions
  /** The console's own address, by which browsers reach it. */
  readonly publicUrl: string
  readonly sealed: SealedText
  readonly usersFile: string
  readonly sessions: BrowserSessions
  readonly sessionHours: number
  readonly now: () => number
}

export const oidcPaths = { begin: '/sign-in/oidc', back: '/sign-in/oidc/back' } as const

/** Signs people in whom an OpenID provider vouches for. A session of theirs is one like any other. */
export function createOidcDesk({ oidc, publicUrl, sealed, ...parts }: OidcDeskParts) {
  const provider = createIdentityProvider({
    ...oidc,
    redirectUri: `${publicUrl}${oidcPaths.back}`,
    signedOutUri: `${publicUrl}/sign-in`,
  })
  const roles = createOidcRoles(oidc.rolesFile)
  let comingBack = 0
  return {
    /** Where browsers begin, and who is asked. */
    beginUrl: `${publicUrl}${oidcPaths.begin}`,
    host: new URL(oidc.issuer).host,
    reach: provider.reach,
    /** Reads the table, so that a fault in it is said at the start. */
    readRoles: async (): Promise<void> => void (await roles()),
    /** Where the browser goes, and what it keeps until it comes back. Throws `away`. */
    async begin(returnTo: unknown): Promise<{ url: string; kept: string }> {
      const { flow, url } = await provider.begin()
      const kept = await sealed.seal(purpose, { ...flow, returnTo: ownPage(returnTo, publicUrl) }, flowMs)
      return { url: url.href, kept }
    },
    /** Signs in whoever came back. Throws `sign_in_refused`, `too_many` or `away`. */
    async comeBack(search: string, kept: string | undefined): Promise<{ session: BrowserSession; returnTo: string }> {
      const flow = kept === undefined ? undefined : await sealed.open(purpose, kept, KeptFlow)
      if (flow === undefined) {
        throw refusal('This browser began no sign-in here, or took more than ten minutes. Begin again.')
      }
      if (comingBack >= comingBackMax) {
        const message = 'Too many people sign in at this moment. Try again in a few seconds.'
        throw new ConsoleProblem('too_many', message, { retryAfterSeconds: 5 })
      }
      comingBack += 1
      try {
        const { returnTo, ...known } = flow
        const { claims, idToken } = await provider.finish(search, known)
        const vouched = { subject: subjectIn(claims), groups: groupsIn(claims, oidc.groupsClaim) }
        const user = userIn(claims, oidc.userClaim)
        await refuseKnownName(user, vouched.subject, parts)
        const rights = oidcRightsOf(await tableOf(roles), vouched)
        if (rights === undefined) throw unmapped(user, vouched.groups)
        const hint = idToken.length <= idTokenMax ? idToken : ''
        const expires_at = parts.now() + parts.sessionHours * hourMs
        return {
          session: { user, ...rights, method: 'oidc', expires_at, vouched: { ...vouched, idToken: hint } },
          returnTo,
        }
      } finally {
        comingBack -= 1
      }
    },
    /** Whether the table still gives what it gave at the sign-in; undefined while it cannot be read, and nobody is let in. */
    async isUnchanged({ vouched, role, tenant, issuer }: BrowserSession): Promise<boolean | undefined> {
      if (vouched === undefined) return false
      const table = await roles().catch(() => undefined)
      if (table === undefined) return undefined
      const rights = oidcRightsOf(table, vouched)
      return rights?.role === role && rights.tenant === tenant && rights.issuer === issuer
    },
    /** Where the browser signs out at the provider too; null where it can't. */
    signOutUrl: async ({ vouched }: BrowserSession): Promise<string | null> =>
      vouched === undefined ? null : provider.signOutUrl(vouched.idToken),
  }
}
export type OidcDesk = ReturnType<typeof createOidcDesk>

const refusal = (message: string): ConsoleProblem => new ConsoleProblem('sign_in_refused', message)

async function tableOf(roles: () => Promise<OidcRoles>): Promise<OidcRoles> {
  return roles().catch((cause: unknown) => {
    const message = 'The table of groups and roles cannot be read. The log of the program says what is wrong in it.'
    throw new ConsoleProblem('sign_in_refused', message, { cause })
  })
}

/** Whoever has a name here keeps it: the audit must not show two people as one. */
async function refuseKnownName(
  user: string,
  subject: string,
  { usersFile, sessions }: Pick<OidcDeskParts, 'usersFile' | 'sessions'>,
): Promise<void> {
  if (user === localIssuer || (await readUsers(usersFile)).some(({ name }) => name === user))
    throw refusal(`"${user}" is a user of this console by password. Sign in so, or let that user be removed.`)
  const isOther = sessions.all().some(({ user: name, vouched }) => name === user && vouched?.subject !== subject)
  if (isOther) {
    const claim = 'STRAYLIGHT_CONSOLE_OIDC_USER_CLAIM must name a claim that tells people apart'
    throw refusal(`Somebody else is signed in as "${user}". ${claim}.`)
  }
}

function unmapped(user: string, groups: readonly string[]): ConsoleProblem {
  const shown = groups.slice(0, 10).map((group) => `"${group.slice(0, 100)}"`)
  const more = groups.length > shown.length ? ` and ${groups.length - shown.length} more` : ''
  const which = groups.length === 0 ? 'you are in no group' : `your groups are ${shown.join(', ')}${more}`
  return refusal(
    `You are known as ${user}, but no group of yours has a role here: ${which}. Whoever runs Straylight adds one of them to the file that STRAYLIGHT_CONSOLE_OIDC_ROLES names.`,
  )
}

/** A page of this console; anything else becomes the first one, so that nobody is led elsewhere. */
function ownPage(asked: unknown, publicUrl: string): string {
  if (typeof asked !== 'string' || asked.length > 500 || !/^\/(?![/\\])/.test(asked)) return '/'
  if (!URL.canParse(asked, publicUrl)) return '/'
  const page = new URL(asked, publicUrl)
  if (page.origin !== new URL(publicUrl).origin) return '/'
  const path = `${page.pathname}${page.search}`
  return path.length > 1_000 || /^\/(\/|(api|sign-in)(\/|$))/.test(path) ? '/' : path
}
