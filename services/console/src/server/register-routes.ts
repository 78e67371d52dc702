import type { Logger } from '@straylight/runtime/process/logger'
import { errorText } from '@straylight/schemas/error-text'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import { alertStreamPath, routes } from '../contract/routes.ts'
import { UserRole, type WhoAmI } from '../contract/sign-in.ts'
import type { AnswerTimes } from '../questions/answer-times.ts'
import { askedFor } from '../questions/asked-for.ts'
import type { BrowserSession } from '../sign-in/browser-sessions.ts'
import type { ConsoleCookies } from '../sign-in/console-cookies.ts'
import type { Identify } from '../sign-in/identify.ts'
import type { OidcDesk } from '../sign-in/oidc/oidc-desk.ts'
import type { SealedText } from '../sign-in/sealed-text.ts'
import { type SignInParts, signIn } from '../sign-in/sign-in-desk.ts'
import { signingShown } from '../verdicts/user-signing.ts'
import type { createAlertStreams } from './alert-stream.ts'
import { sayToBrowsers } from './answer-headers.ts'
import { type AskedRoute, auditSubject, type RouteAnswers } from './answer-route.ts'
import { type AskerTurns, hasGone } from './asker-turns.ts'
import type { AuditTrail } from './audit-trail.ts'
import { refusalShown, registerOidc } from './register-oidc.ts'
import { type OwnAddress, refuseOtherSites } from './same-site.ts'

export interface RouteParts extends RouteAnswers {
  readonly ground: ConsoleGround
  readonly logger: Logger
  readonly own: OwnAddress
  readonly isSecure: boolean
  readonly parts: SignInParts
  readonly identify: Identify
  readonly cookies: ConsoleCookies
  readonly sealed: SealedText
  readonly oidc: OidcDesk | undefined
  readonly answerTimes: AnswerTimes
  readonly streams: ReturnType<typeof createAlertStreams>
  readonly turns: AskerTurns
  readonly audit: AuditTrail
  readonly link: () => string
  readonly linkMinutes: number
}

/** Registers the API. Nothing is answered to whoever is not signed in but who they are not, and how to sign in. */
export function registerRoutes(app: FastifyInstance, of: RouteParts): void {
  app.addHook('onRequest', async (request, reply) => {
    sayToBrowsers(reply, of)
    refuseOtherSites(request, of.own)
  })
  app.setErrorHandler((error, request, reply) => tellProblem(of, { error, request, reply }))
  registerSignIn(app, of)
  registerOidc(app, of)
  for (const name of Object.keys(of.answers) as AskedRoute[]) registerAsked(app, of, name)
  registerAdmin(app, of)
  app.get(alertStreamPath, async (request, reply) => {
    const session = await permitted(of, request, 'viewer')
    const { tenant } = parsed(routes.overview.query, request.query, 'the query')
    noteAudit(of, { session, route: 'alertStream', subject: tenant ?? null, status: 200 })
    const isSignedIn = async () => (await of.identify.who(request, { look: true })) !== undefined
    return of.streams.open(request, reply, { asker: session, tenant, isSignedIn })
  })
}

function registerSignIn(app: FastifyInstance, of: RouteParts): void {
  const { path } = routes.whoAmI
  app.get(path, async (request, reply) => {
    const session = await of.identify.who(request, { look: true })
    const refused = session === undefined ? await refusalShown(of, request) : null
    return reply.header('cache-control', 'no-store').send({ ...(await whoAmI(of, session)), refused })
  })
  app.post(path, async (request, reply) => {
    const body = parsed(routes.signIn.body, request.body, 'the body')
    const user = 'user' in body ? body.user : 'link'
    const noted = { user, method: 'user' in body ? 'password' : 'link', tenant: null, route: 'signIn', subject: null }
    try {
      const token = await signIn(of.parts, body, request.ip)
      of.audit.add({ time: of.ground.now(), ...noted, status: 200 })
      return await reply
        .header('set-cookie', of.cookies.session(token))
        .send(await whoAmI(of, of.parts.sessions.find(token)))
    } catch (error) {
      if (error instanceof ConsoleProblem) of.audit.add({ time: of.ground.now(), ...noted, status: error.status })
      throw error
    }
  })
  app.delete(path, async (request, reply) => {
    const session = await of.identify.who(request, { look: true })
    const token = of.cookies.sessionOf(request)
    if (token !== undefined) of.parts.sessions.end(token)
    if (session !== undefined) noteAudit(of, { session, route: 'signOut', subject: null, status: 200 })
    const sign_out_url = session === undefined ? null : ((await of.oidc?.signOutUrl(session)) ?? null)
    reply.header('set-cookie', of.cookies.session(''))
    return reply.send({ ...(await whoAmI(of, undefined)), sign_out_url })
  })
}

function registerAdmin(app: FastifyInstance, of: RouteParts): void {
  app.get(routes.audit.path, async (request) => {
    const session = await permitted(of, request, routes.audit.role)
    const seen = of.audit.newest().filter(({ tenant }) => session.tenant === null || tenant === session.tenant)
    return { as_of: of.ground.now(), items: seen, more: false }
  })
  app.post(routes.newLink.path, async (request) => {
    const session = await permitted(of, request, routes.newLink.role)
    // A link signs in as one who sees all: nobody makes one who does not.
    if (session.tenant !== null) throw new ConsoleProblem('not_allowed', 'Who is bound to a tenant makes no links.')
    noteAudit(of, { session, route: 'newLink', subject: null, status: 200 })
    return { url: of.link(), valid_until: of.ground.now() + of.linkMinutes * 60_000 }
  })
}

function registerAsked<Name extends AskedRoute>(app: FastifyInstance, of: RouteParts, name: Name): void {
  const { method, path, role, query, body } = routes[name]
  app.route({
    method,
    url: path,
    handler: async (request, reply) => {
      const began = performance.now()
      const session = await permitted(of, request, role)
      const noted = { session, route: name, subject: auditSubject(request) }
      try {
        const asked = parsed(query, request.query, 'the query')
        const said = parsed(body, request.body ?? undefined, 'the body')
        // The table types each route by its own forms, which TypeScript can't follow through a name that is not known yet.
        const answer = of.answers[name] as (asker: BrowserSession, asked: unknown, said: unknown) => Promise<unknown>
        const endTurn = await of.turns.take(session, () => hasGone(request))
        const share = JSON.stringify(session.tenant === null ? [null, session.user] : [session.tenant])
        const answered = await askedFor.run(share, () => answer(session, asked, said)).finally(endTurn)
        of.answerTimes.add(performance.now() - began)
        noteAudit(of, { ...noted, status: 200 })
        return await reply.header('cache-control', 'no-store').send(answered)
      } catch (error) {
        noteAudit(of, { ...noted, status: error instanceof ConsoleProblem ? error.status : 500 })
        throw error
      }
    },
  })
}

/** Who asks, where they may. Throws `not_signed_in` or `not_allowed`. */
async function permitted(of: RouteParts, request: FastifyRequest, role: UserRole): Promise<BrowserSession> {
  const session = await of.identify.who(request)
  if (session === undefined) throw new ConsoleProblem('not_signed_in', 'Nobody is signed in, or the session is over.')
  if (UserRole.options.indexOf(session.role) >= UserRole.options.indexOf(role)) return session
  noteAudit(of, { session, route: request.routeOptions.url ?? '', subject: null, status: 403 })
  throw new ConsoleProblem('not_allowed', `It takes the role ${role}; yours is ${session.role}.`)
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const said = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  throw new ConsoleProblem('bad_request', `What was asked is malformed in ${what}: ${said.join('; ')}`.slice(0, 1_000))
}

async function whoAmI(of: RouteParts, session: BrowserSession | undefined): Promise<WhoAmI> {
  const hasUsers = await of.identify.hasUsers()
  const ways: WhoAmI['ways'] = [
    'link',
    ...(hasUsers ? ['password' as const] : []),
    ...(of.oidc ? ['oidc' as const] : []),
  ]
  const oidc = of.oidc === undefined ? null : { url: of.oidc.beginUrl, host: of.oidc.host }
  const open = { ways, oidc, refused: null, sign_out_url: null }
  if (session === undefined) return { signed_in: null, deployment: null, version: null, ...open }
  const { user, role, tenant, method, expires_at } = session
  const signing = signingShown(await of.signingOf(session))
  const { name, version } = of.ground
  return { signed_in: { user, role, tenant, method, expires_at, signing }, deployment: name, version, ...open }
}

function noteAudit(
  { audit, ground }: RouteParts,
  { session, ...noted }: { session: BrowserSession; route: string; subject: string | null; status: number },
): void {
  const { user, method, tenant } = session
  audit.add({ time: ground.now(), user, method, tenant, ...noted })
}

function tellProblem(
  { logger }: RouteParts,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  const problem = problemOf(error)
  if (problem.code === 'failed')
    logger.error({ err: error, url: request.routeOptions.url }, `console: a question failed: ${errorText(error)}`)
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
  return reply.code(problem.status).header('cache-control', 'no-store').send(problem.fault)
}

/** What Fastify refuses by itself (a body that is no JSON, or too long) is the asker's mistake; all else is ours. */
function problemOf(error: unknown): ConsoleProblem {
  if (error instanceof ConsoleProblem) return error
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500) return new ConsoleProblem('bad_request', errorText(error))
  return new ConsoleProblem('failed', 'The question failed inside. The log of the program says why.', { cause: error })
}
