import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ConsoleProblem } from '../console-problem.ts'
import { type OidcDesk, oidcPaths } from '../sign-in/oidc/oidc-desk.ts'
import type { RouteParts } from './register-routes.ts'

type OidcRouteParts = Pick<
  RouteParts,
  'oidc' | 'cookies' | 'sealed' | 'parts' | 'audit' | 'ground' | 'logger' | 'identify'
>

const purpose = 'oidc-refusal'
/** How long the page of the sign-in shows why the last one failed. */
const shownMs = 60_000
/** A cookie holds some 4,000 bytes, and a character up to four. */
const charactersMax = 600

/**
 * The way to the identity provider and back. Both are addresses that a browser opens, not questions of the API: whatever fails leads to the page of
 * the sign-in, which says why. The words travel sealed, so that no link of others puts words there.
 */
export function registerOidc(app: FastifyInstance, of: OidcRouteParts): void {
  const { oidc } = of
  if (oidc === undefined) return
  app.get(oidcPaths.begin, async (request, reply) => {
    try {
      const { url, kept } = await oidc.begin(z.object({ return: z.string() }).safeParse(request.query).data?.return)
      return await leads(reply.header('set-cookie', of.cookies.flow(kept, 600)), url)
    } catch (error) {
      return refuse(of, { request, reply, error })
    }
  })
  app.get(oidcPaths.back, (request, reply) => comeBack(of, oidc, { request, reply }))
}

async function comeBack(
  of: OidcRouteParts,
  oidc: OidcDesk,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  try {
    const search = request.url.slice(oidcPaths.back.length)
    const { session, returnTo } = await oidc.comeBack(search, of.cookies.flowOf(request))
    // A new token each time: whoever planted one before the sign-in holds nothing.
    const before = of.cookies.sessionOf(request)
    if (before !== undefined) of.parts.sessions.end(before)
    const { user, method, tenant, vouched } = session
    const noted = { route: 'signIn', subject: `subject:${vouched?.subject}`, status: 200 }
    of.audit.add({ time: of.ground.now(), user, method, tenant, ...noted })
    const token = of.parts.sessions.begin(session)
    return leads(reply.header('set-cookie', [of.cookies.session(token), of.cookies.flow('', 0)]), returnTo)
  } catch (error) {
    return refuse(of, { request, reply, error })
  }
}

async function refuse(
  of: OidcRouteParts,
  { request, reply, error }: { request: FastifyRequest; reply: FastifyReply; error: unknown },
): Promise<FastifyReply> {
  if (!(error instanceof ConsoleProblem)) throw error
  const noted = { user: 'oidc', method: 'oidc', tenant: null, route: 'signIn', subject: null, status: error.status }
  of.audit.add({ time: of.ground.now(), ...noted })
  of.logger.warn(`console: no sign-in through the identity provider: ${inWords(error)}`)
  // Somebody who is in, and went back in the browser, stays in.
  if ((await of.identify.who(request, { look: true })) !== undefined) return leads(reply, '/')
  const sealed = await of.sealed.seal(purpose, { message: error.message.slice(0, charactersMax) }, shownMs)
  return leads(reply.header('set-cookie', of.cookies.flow(sealed, shownMs / 1000)), '/sign-in')
}

/** Why the sign-in of this browser failed a moment ago; null where none did. */
export async function refusalShown(of: OidcRouteParts, request: FastifyRequest): Promise<string | null> {
  const kept = of.cookies.flowOf(request)
  if (of.oidc === undefined || kept === undefined) return null
  return (await of.sealed.open(purpose, kept, z.object({ message: z.string() })))?.message ?? null
}

const leads = (reply: FastifyReply, to: string): FastifyReply =>
  reply.header('cache-control', 'no-store').redirect(to, 303)

/** With its causes, which name what did not fit, and never a token. */
function inWords(error: Error): string {
  const { cause } = error
  return cause instanceof Error ? `${error.message} [${inWords(cause)}]` : error.message
}
