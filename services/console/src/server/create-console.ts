import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Logger } from '@straylight/runtime/process/logger'
import { errorText } from '@straylight/schemas/error-text'
import Fastify, { type FastifyInstance } from 'fastify'
import { followAlerts } from '../alerts/alert-feed.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { createAnswerTimes } from '../questions/answer-times.ts'
import { createBrowserSessions } from '../sign-in/browser-sessions.ts'
import { createConsoleCookies } from '../sign-in/console-cookies.ts'
import { createIdentify } from '../sign-in/identify.ts'
import { announceLocalAccess } from '../sign-in/local-access.ts'
import { createOidcDesk, type OidcDesk, type OidcDeskParts, type OidcOptions } from '../sign-in/oidc/oidc-desk.ts'
import { createOneTimeLinks } from '../sign-in/one-time-links.ts'
import { createPeopleOf } from '../sign-in/people-of.ts'
import { createSealedText } from '../sign-in/sealed-text.ts'
import { newSecretToken, tokenHash } from '../sign-in/secret-token.ts'
import type { SignInParts } from '../sign-in/sign-in-desk.ts'
import { createSignInLimit } from '../sign-in/sign-in-limit.ts'
import { createAlertStreams } from './alert-stream.ts'
import { createRouteAnswers } from './answer-route.ts'
import { createAskerTurns } from './asker-turns.ts'
import { createAuditTrail } from './audit-trail.ts'
import { readClientFiles } from './client-files.ts'
import { registerPages } from './register-pages.ts'
import { registerRoutes } from './register-routes.ts'
import type { OwnAddress } from './same-site.ts'

export interface ConsoleOptions {
  readonly ground: ConsoleGround
  readonly logger: Logger
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Address under which browsers reach it, where something stands in front. */
  readonly publicUrl?: string | undefined
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  readonly usersFile: string
  /** The identity provider of the organisation; needs `publicUrl`. */
  readonly oidc?: OidcOptions | undefined
  readonly linkMinutes: number
  readonly sessionHours: number
  /** Addresses and networks of the proxies in front, whose `X-Forwarded-For` is believed. */
  readonly proxies?: readonly string[] | undefined
  /** Where the built client lies; without one the API alone is served. */
  readonly clientFolder?: string | undefined
}

/** A console that listens. */
export interface Console {
  /** Where browsers reach it. */
  readonly url: string
  /** A new link that signs in once; to be printed for whoever runs the program, and nowhere else. */
  link(): string
  close(): Promise<void>
}

/** Longest body: a hundred verdicts with a reason. */
const bodyBytesMax = 256 * 1024

/** Starts the console's server: the API of `contract/routes.ts`, the stream of new alerts, and the client's files. */
export async function createConsole(options: ConsoleOptions): Promise<Console> {
  const { ground, logger, host, port, tls } = options
  const certificate = tls === undefined ? {} : { https: await readCertificate(tls) }
  const app: FastifyInstance = Fastify({
    ...certificate,
    bodyLimit: bodyBytesMax,
    // Behind a proxy that ends TLS everybody else's address is the proxy's: only what it says of theirs tells them apart.
    ...(options.proxies === undefined ? {} : { trustProxy: [...options.proxies] }),
    requestTimeout: 30_000,
    forceCloseConnections: true,
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 10_000 },
  })
  const publicUrl = options.publicUrl?.replace(/\/$/, '')
  const own: OwnAddress = { publicUrl, host, isTls: tls !== undefined }
  const isSecure = own.isTls || publicUrl?.startsWith('https:') === true
  const sessions = createBrowserSessions(ground.now)
  const links = createOneTimeLinks({ now: ground.now, validMs: options.linkMinutes * 60_000 })
  const addressesTell = options.proxies !== undefined || own.isTls || publicUrl === undefined
  const limit = createSignInLimit(ground.now, { addressesTell })
  const parts: SignInParts = { links, sessions, limit, ...options, now: ground.now }
  const shellToken = newSecretToken()
  const cookies = createConsoleCookies({ isSecure, sessionHours: options.sessionHours })
  const sealed = createSealedText(ground.now)
  const { oidc: asked } = options
  const oidc =
    asked === undefined || publicUrl === undefined
      ? undefined
      : await openOidcDesk({ ...parts, oidc: asked, publicUrl, sealed }, logger)
  const identify = createIdentify({ ...parts, shellTokenHash: tokenHash(shellToken), cookies, oidc })
  const answerTimes = createAnswerTimes()
  const feed = await followAlerts(ground.log, (error) =>
    logger.error({ err: error }, 'console: alerts could not be followed'),
  )
  const streams = createAlertStreams(ground, feed)
  let url = publicUrl ?? ''
  const link = (): string => `${url}/sign-in#${links.make()}`
  registerRoutes(app, {
    ...{
      ground,
      logger,
      own,
      isSecure,
      parts,
      identify,
      answerTimes,
      streams,
      turns: createAskerTurns(),
      link,
      linkMinutes: options.linkMinutes,
    },
    ...createRouteAnswers({ ...ground, answerTimes }, createPeopleOf(parts)),
    ...{ cookies, sealed, oidc, audit: createAuditTrail(logger) },
  })
  registerPages(app, options.clientFolder === undefined ? new Map() : await readClientFiles(options.clientFolder))
  const listens = await listen(app, { host, port })
  url = publicUrl ?? listens
  const forget = await announceLocalAccess(ground.keys, { url: listens, policyFile: ground.policyFile }, shellToken)
  const close = async (): Promise<void> => {
    await forget()
    streams.close()
    await app.close()
    await feed.close()
  }
  return { url, link, close }
}

/** A fault of the table stops the start; a provider that does not answer does not: links and passwords work without it. */
async function openOidcDesk(parts: OidcDeskParts, logger: Logger): Promise<OidcDesk> {
  const desk = createOidcDesk(parts)
  await desk.readRoles()
  const { issuer } = parts.oidc
  desk.reach().then(
    () => logger.info(`console: people sign in through ${issuer}`),
    (error: unknown) => {
      const cause = error instanceof Error && error.cause !== undefined ? ` (${errorText(error.cause)})` : ''
      const next = 'It is asked again at each sign-in; links and passwords work meanwhile.'
      logger.warn(`console: the identity provider ${issuer} cannot be used now: ${errorText(error)}${cause} ${next}`)
    },
  )
  return desk
}

async function readCertificate(files: { cert: string; key: string }): Promise<{ cert: Buffer; key: Buffer }> {
  const pem = { cert: await readPem(files.cert), key: await readPem(files.key) }
  try {
    createSecureContext(pem)
  } catch (error) {
    throw new Error(
      `The console cannot use the certificate ${files.cert} with the key ${files.key}: ${errorText(error)}. STRAYLIGHT_CONSOLE_TLS_CERT and STRAYLIGHT_CONSOLE_TLS_KEY name a certificate and its key (PEM).`,
      { cause: error },
    )
  }
  return pem
}

async function readPem(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new Error(`Cannot read ${path}: ${errorText(error)}. STRAYLIGHT_CONSOLE_TLS_CERT and _KEY name PEM files.`, {
      cause: error,
    })
  })
}

async function listen(app: FastifyInstance, at: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen(at)
  } catch (error) {
    await app.close()
    throw new Error(
      `The console cannot listen on ${at.host}:${at.port}: ${errorText(error)}. Set STRAYLIGHT_CONSOLE_PORT to a free port (0 takes any), or STRAYLIGHT_CONSOLE=false.`,
      { cause: error },
    )
  }
}
