import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { requestHeader } from '@straylight/console/contract/console-fault'
import { alertStreamPath, type RouteAnswer, type RouteName, routes } from '@straylight/console/contract/routes'
import type { SignedIn, WhoAmI } from '@straylight/console/contract/sign-in'
import { buildClient } from '@straylight/console-client/build/build-client'
import { agentDetail, alertDetail, overview, queue } from './console-answers.ts'
import { agents, alertRow, now } from './console-company.ts'
import { wouldAlertAnswer } from './console-deeds.ts'
import { explanation } from './console-explanation.ts'
import {
  alertGroups,
  alertPage,
  approvals,
  assigned,
  giveVerdicts,
  health,
  policy,
  registryGaps,
  rejectionList,
  restored,
  session,
  suppressionList,
} from './console-lists.ts'
import { policyTrial } from './console-trial.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  html: 'text/html',
}

/** What a browser refuses is not shipped: the pages must work under this. */
export const strictPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const fixtureToken = 'fixture-token-of-the-one-time-link'

const signedIn: SignedIn = {
  user: 'ada',
  role: 'admin',
  tenant: null,
  method: 'link',
  expires_at: now + 43_200_000,
  signing: { issuer: 'ada', answers: ['approve', 'reject', 'true', 'false', 'restore'], missing: null },
}

export interface ConsoleFixture {
  readonly address: string
  /** Sends a new alert to every open stream. */
  readonly announce: () => void
  readonly close: () => Promise<void>
}

/** A stand-in of the console's server: every answer is checked against the contract before it is sent. */
export async function startConsoleFixture(): Promise<ConsoleFixture> {
  const files = new Map((await buildClient(root)).files.map(({ path, contents }) => [path, contents]))
  const streams = new Set<ServerResponse>()
  let isIn = false
  const server: Server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://fixture')
    if (url.pathname === alertStreamPath) return openStream(response, streams)
    if (!url.pathname.startsWith('/api/')) return sendFile(url.pathname, files, response)
    const found = routeOf(request.method ?? 'GET', url.pathname)
    if (found === undefined) return fault(response, 404, 'not_found', 'There is no such route.')
    const [name, route] = found
    if (request.method !== 'GET' && request.headers[requestHeader] !== '1')
      return fault(response, 403, 'cross_site', 'The header is missing.')
    const body = route.body.parse(request.method === 'POST' ? await json(request) : undefined)
    if (name === 'signIn') {
      if (!(body !== undefined && 'token' in body && body.token === fixtureToken))
        return fault(response, 401, 'sign_in_refused', 'That did not work. The link works once: start again.')
      isIn = true
    }
    if (name === 'signOut') isIn = false
    if (route.role !== null && !isIn) return fault(response, 401, 'not_signed_in', 'Sign in first.')
    const given = answerOf(name, Object.fromEntries(url.searchParams), body, isIn)
    if (given === undefined) return fault(response, 404, 'not_found', 'There is no such thing here.')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(route.answer.parse(given)))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const place = server.address()
  if (place === null || typeof place === 'string') throw new Error('the fixture listens nowhere')
  return {
    address: `http://127.0.0.1:${place.port}`,
    announce: () => {
      const alert = alertRow(0, {
        id: 'alr_fixture9999',
        severity: 'high',
        summary: 'research-4 deleted 300 files in one minute.',
      })
      queue.set(alert.id, alert)
      for (const stream of streams)
        stream.write(`event: alert\nid: 1\ndata: ${JSON.stringify({ alert, is_new: true })}\n\n`)
    },
    close: () =>
      new Promise((resolve) => {
        for (const stream of streams) stream.end()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const routeOf = (method: string, path: string) =>
  (Object.entries(routes) as [RouteName, (typeof routes)[RouteName]][]).find(
    ([, route]) => route.method === method && route.path === path,
  )

function openStream(response: ServerResponse, streams: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`event: beat\ndata: ${JSON.stringify({ as_of: now })}\n\n`)
  streams.add(response)
  response.on('close', () => streams.delete(response))
}

function sendFile(path: string, files: ReadonlyMap<string, Uint8Array>, response: ServerResponse): void {
  const name = path.startsWith('/assets/') ? path.slice(1) : 'index.html'
  const contents = files.get(name)
  if (contents === undefined) {
    response.writeHead(404).end()
    return
  }
  const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': type, 'content-security-policy': strictPolicy }).end(contents)
}

function fault(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message }))
}

const whoAmI = (isIn: boolean): WhoAmI => ({
  signed_in: isIn ? signedIn : null,
  deployment: isIn ? 'acme production' : null,
  version: isIn ? '0.1.0' : null,
  ways: ['link', 'password'],
  ...{ oidc: null, refused: null, sign_out_url: null },
})

type Asked = Readonly<Record<string, string>>

function answerOf(name: RouteName, asked: Asked, body: unknown, isIn: boolean): unknown {
  const alert = queue.get(asked.id ?? '')
  const answers: { [Name in RouteName]: () => RouteAnswer<Name> | undefined } = {
    whoAmI: () => whoAmI(isIn),
    signIn: () => whoAmI(true),
    signOut: () => whoAmI(false),
    overview: () => overview,
    alerts: () => alertPage(asked),
    alertGroups: () => alertGroups,
    alert: () => (alert === undefined ? undefined : alertDetail(alert)),
    verdicts: () => giveVerdicts(routes.verdicts.body.parse(body)),
    assign: () => assigned(routes.assign.body.parse(body)),
    assignees: () => ({ as_of: now, names: ['ada', 'grace'] }),
    restore: () => restored(routes.restore.body.parse(body)),
    agents: () => ({ as_of: now, items: agents, next: null, total: agents.length }),
    agent: () => agentDetail(asked.agent ?? ''),
    wouldAlert: () => wouldAlertAnswer(asked.agent ?? ''),
    digests: () => ({ as_of: now, day: '2026-11-21', owners: [], quiet: 0, more: false }),
    leastPrivilege: () => ({ as_of: now, agents: [], more: false }),
    session: () => session,
    explain: () => explanation,
    approvals: () => approvals(),
    suppressions: () => suppressionList,
    rejections: () => rejectionList,
    registryGaps: () => registryGaps,
    policy: () => policy,
    tryPolicy: () => policyTrial(routes.tryPolicy.body.parse(body)),
    health: () => health,
    // Tried against a real server (console-passkey.test.ts).
    newPasskey: () => undefined,
    madePasskey: () => undefined,
    // Asked by the shell alone.
    alertRecord: () => undefined,
    newLink: () => undefined,
    audit: () => ({ items: [], more: false, as_of: now }),
  }
  return answers[name]()
}
