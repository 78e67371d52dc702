import { errorText } from '@straylight/schemas/error-text'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'
import { sendNotFound } from './send-not-found.ts'

/** Whether the program can do its work now; each reason is a sentence about one thing that hinders it. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
  /** What somebody should look at although the work goes on. */
  readonly notes?: readonly string[]
}

export interface OpsServer {
  /** Where it listens, such as `http://127.0.0.1:8700`. */
  readonly url: string
  close(): Promise<void>
}

/**
 * The program's one HTTP server: `/healthz` (503 once the process is dying of `dying()`: restart it when this fails), `/readyz`
 * (503 with the reasons: send it no work), `/metrics` (Prometheus). `register` adds more, such as the event endpoint, before it listens.
 * No answer names a setting, a path or a secret; requests of more than `bodyBytesMax` are refused with 413.
 */
export async function startOpsServer(options: {
  host: string
  port: number
  metrics: Metrics
  readiness: () => Readiness
  /** What the process is dying of, or null while it lives. */
  dying?: () => string | null
  register?: (app: FastifyInstance) => Promise<void> | void
  bodyBytesMax?: number
  /** How long a request may take to come whole; 30 when nothing is said. */
  requestSecondsMax?: number
}): Promise<OpsServer> {
  const app = Fastify({
    bodyLimit: options.bodyBytesMax ?? 32 * 1024 * 1024,
    requestTimeout: (options.requestSecondsMax ?? 30) * 1_000,
    forceCloseConnections: true,
    // Node looks for requests past their time every 30 s only, unless it is configured otherwise.
    http: { connectionsCheckingInterval: 1_000, headersTimeout: 10_000 },
  })
  app.setNotFoundHandler(sendNotFound)
  app.get('/healthz', async (_request, reply) => {
    const reason = options.dying?.() ?? null
    return reason === null ? { status: 'ok' } : reply.code(503).send({ status: 'dying', reasons: [reason] })
  })
  app.get('/readyz', async (_request, reply) => {
    const { ready, reasons, notes = [] } = options.readiness()
    const noted = notes.length === 0 ? {} : { notes }
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', reasons, ...noted })
  })
  const reported = heldFor(metricsHeldMs, () => options.metrics.registry.metrics())
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.metrics.registry.contentType).send(await reported()),
  )
  await options.register?.(app)
  const url = await listen(app, options)
  return { url, close: () => app.close() }
}

/** An answer of /metrics serves whoever asks within so long: telling all takes a while, and whoever reaches the port may ask. */
const metricsHeldMs = 250

/** The same answer for all who ask while it is made, and for so many milliseconds more. */
function heldFor(ms: number, tell: () => Promise<string>): () => Promise<string> {
  let held: Promise<string> | null = null
  let endsMs = 0
  return () => {
    if (held !== null && performance.now() < endsMs) return held
    endsMs = Number.POSITIVE_INFINITY
    held = tell().finally(() => {
      endsMs = performance.now() + ms
    })
    return held
  }
}

async function listen(app: FastifyInstance, at: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen({ host: at.host, port: at.port })
  } catch (error) {
    await app.close()
    const reason = errorText(error)
    throw new Error(
      `Cannot listen on ${at.host}:${at.port}: ${reason}. Set STRAYLIGHT_PORT to a free port (0 takes any), or stop what holds this one.`,
      { cause: error },
    )
  }
}
