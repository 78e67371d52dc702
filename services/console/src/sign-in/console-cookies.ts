import type { FastifyRequest } from 'fastify'

/** Cookies of the console: who is signed in, and what is kept while somebody is at the identity provider. */
export interface ConsoleCookies {
  /** The session's token that a request brings. */
  sessionOf(request: Pick<FastifyRequest, 'headers'>): string | undefined
  /** `set-cookie` of a session; '' ends it. */
  session(token: string): string
  flowOf(request: Pick<FastifyRequest, 'headers'>): string | undefined
  flow(sealed: string, seconds: number): string
}

const sealedMax = 3_900

/**
 * With TLS each name begins with `__Host-` (RFC 6265bis, section 4.1.3.2): a browser takes such a cookie from this host alone, over TLS, so that
 * no neighbour below the same domain plants one. The flow's is `Lax`: the provider's page is another site, and leads back here.
 */
export function createConsoleCookies({ isSecure, sessionHours }: { isSecure: boolean; sessionHours: number }) {
  const prefix = isSecure ? '__Host-' : ''
  const [session, flow] = [`${prefix}straylight_session`, `${prefix}straylight_oidc`]
  const end = `Path=/; HttpOnly${isSecure ? '; Secure' : ''}`
  const found = (request: Pick<FastifyRequest, 'headers'>, form: string) =>
    new RegExp(`(?:^|;\\s*)${form}(?:;|$)`).exec(request.headers.cookie ?? '')?.[1]
  const cookies: ConsoleCookies = {
    sessionOf: (request) => found(request, `${session}=([\\w-]{43})`),
    session: (token) =>
      `${session}=${token}; SameSite=Strict; Max-Age=${token === '' ? 0 : sessionHours * 3_600}; ${end}`,
    flowOf: (request) => found(request, `${flow}=([\\w.-]{1,${sealedMax}})`),
    flow: (sealed, seconds) => `${flow}=${sealed}; SameSite=Lax; Max-Age=${sealed === '' ? 0 : seconds}; ${end}`,
  }
  return cookies
}
