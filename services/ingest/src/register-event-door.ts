import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Log, NewRecord } from '@straylight/runtime/log'
import type { EventToken } from '@straylight/schemas/event-token'
import type { RejectionCode } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AgentRegistry, createAgentRegistry } from './agent-registry.ts'
import { holderOf } from './event-tokens.ts'
import type { Headers } from './formats/format.ts'
import { type ByteBudget, createByteBudget, type HeldBody, Refused, readBody, tooLarge } from './read-body.ts'
import { readRecord } from './read-record.ts'
import { recordItems } from './record-items.ts'
import { agentsHeader, aheadMsMax, originHeader, tenantHeader, timeMaxHeader } from './sender.ts'
import { type BodyRecord, splitBody } from './split-body.ts'

export interface EventDoorOptions {
  readonly log: Log
  /** Without tokens the door is shut. */
  readonly tokens: readonly EventToken[]
  /** Resolves aliases: a token's agents and the key of a record are the registry's names. */
  readonly registry?: AgentRegistry
  readonly now?: () => number
  /** Largest body, unzipped. */
  readonly bodyBytesMax?: number
  /** Bytes of all bodies at hand together. */
  readonly inFlightBytesMax?: number
  /** Records that the stages are behind, and how many are too many to take more. */
  readonly lag?: () => number
  readonly lagRecordsMax?: number
  /** Told what went wrong inside, which the sender is not told. */
  readonly onFault?: (error: unknown) => void
}

/** The answer of `POST /v1/events`. */
export interface EventDoorAnswer {
  readonly accepted: number
  /** The first 1,000 of them; `line` is the line of the body, or the item of its array, from 1. */
  readonly rejected: readonly { line: number; code: RejectionCode; reason: string; path?: string }[]
  readonly rejected_total: number
}

const listedMax = 1_000
const retryAfterSeconds = 2
/** Records judged before other work gets its turn. */
const turnRecords = 2_000

/**
 * `POST /v1/events`: JSON lines, a JSON array, CloudEvents in all three modes or a CloudTrail document, gzip where
 * `content-encoding` says so. Answers 202 when the log holds all of it, with what will be rejected and why; that goes
 * to the log too, for nothing vanishes. 401: no known token; 403: nothing that this token may send; 413: too large;
 * 415: another type; 429 with `Retry-After`: too much at hand; 503: the log does not take it. After the last two, and
 * after no answer, send the same again: what comes twice counts once.
 */
export function registerEventDoor(app: FastifyInstance, options: EventDoorOptions): void {
  const { bodyBytesMax = 8 * 1024 * 1024, inFlightBytesMax = 64 * 1024 * 1024 } = options
  const budget = createByteBudget(inFlightBytesMax)
  // A scope of its own: its parser and its error texts must not change other routes of the server.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) =>
      readBody(payload, { encoding: request.headers['content-encoding'], bytesMax: bodyBytesMax, budget }),
    )
    scope.setErrorHandler((error, _request, reply) => sendError(error, reply, options))
    scope.post('/v1/events', {
      onRequest: async (request) => admit(request, { options, budget, bodyBytesMax, inFlightBytesMax }),
      handler: async (request, reply) => takeEvents(request, reply, options),
    })
  })
}

/** Before a byte of the body is read: who is it, and is there room? */
function admit(
  request: FastifyRequest,
  at: { options: EventDoorOptions; budget: ByteBudget; bodyBytesMax: number; inFlightBytesMax: number },
): void {
  const { tokens, lag, lagRecordsMax = 1_000_000 } = at.options
  if (holderOf(tokens, request.headers.authorization) === null)
    throw new Refused(401, 'unauthorized', 'send the header "authorization: Bearer TOKEN" with a token of tokens.yaml')
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > at.bodyBytesMax) throw tooLarge(at.bodyBytesMax)
  if (at.budget.taken + announced > at.inFlightBytesMax)
    throw new Refused(429, 'busy', 'too many bytes are being taken in at once: send again a little later')
  const behind = lag?.() ?? 0
  if (behind > lagRecordsMax)
    throw new Refused(429, 'behind', `the detector is ${behind} records behind: send again a little later`)
}

async function takeEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  options: EventDoorOptions,
): Promise<FastifyReply> {
  const holder = holderOf(options.tokens, request.headers.authorization)
  const body = request.body as HeldBody | undefined
  if (holder === null || body === undefined) throw new Refused(400, 'no_body', 'the body is empty: send events')
  try {
    const headers = { ...attributesOf(request), ...bindingOf(holder) }
    const records = splitBody(body.bytes, request.headers['content-type'] ?? '', headers)
    const judged = await judge(records, headers, options)
    if (judged.records.length === 0) throw new Refused(400, 'no_events', 'the body holds no events')
    await append(judged.records, options)
    return reply.code(statusOf(judged.answer)).send(judged.answer)
  } finally {
    body.release()
  }
}

/** Nothing was taken because this token may send none of it: a sender should hear that as a refusal. */
function statusOf({ accepted, rejected }: EventDoorAnswer): number {
  return accepted === 0 && rejected.every((one) => one.code === 'not_permitted') ? 403 : 202
}

const bindingOf = (holder: EventToken): Headers => ({
  [tenantHeader]: holder.tenant,
  ...(holder.agents === undefined ? {} : { [agentsHeader]: JSON.stringify(holder.agents) }),
  [originHeader]: `token ${holder.name}`,
})

/** CloudEvents attributes as its Kafka binding names them; over HTTP they are percent-encoded. */
function attributesOf(request: FastifyRequest): Headers {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (name.startsWith('ce-') && typeof value === 'string') attributes[`ce_${name.slice(3)}`] = unescaped(value)
  return attributes
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

interface Judged {
  readonly records: NewRecord[]
  readonly answer: EventDoorAnswer
}

/** Reads each record as ingest will, to answer now what will become of it, and to key it by its agent. */
async function judge(lines: readonly BodyRecord[], binding: Headers, options: EventDoorOptions): Promise<Judged> {
  const now = (options.now ?? Date.now)()
  const context = { registry: options.registry ?? nobodyKnown, tenant: 'default', time_max: now + aheadMsMax }
  const records: NewRecord[] = []
  const rejected: EventDoorAnswer['rejected'][number][] = []
  const counts = { accepted: 0, rejected: 0 }
  for (const [index, { line, ...record }] of lines.entries()) {
    if (index % turnRecords === turnRecords - 1) await setImmediate()
    for (const { value, headers } of recordItems({ ...record, headers: { ...record.headers, ...binding } })) {
      const { events, rejections } = readRecord(value, headers, context)
      counts.accepted += events.length
      counts.rejected += rejections.length
      for (const { code, reason, path } of rejections)
        if (rejected.length < listedMax) rejected.push({ line, code, reason, ...(path === undefined ? {} : { path }) })
      const early = rejections.some(({ code }) => code === 'time_out_of_range')
      records.push({
        topic: topics.audit.name,
        key: events[0]?.event.agent ?? '',
        value,
        headers: early ? { ...headers, [timeMaxHeader]: String(context.time_max) } : headers,
        timestamp: now,
      })
    }
  }
  return { records, answer: { accepted: counts.accepted, rejected, rejected_total: counts.rejected } }
}

const nobodyKnown = createAgentRegistry({ version: 1, agents: [] })

async function append(records: readonly NewRecord[], options: EventDoorOptions): Promise<void> {
  try {
    await options.log.append(records)
  } catch (error) {
    options.onFault?.(error)
    throw new Refused(503, 'log_unavailable', 'the log did not take the events: send the same again')
  }
}

function sendError(error: unknown, reply: FastifyReply, options: EventDoorOptions): FastifyReply {
  const refused = error instanceof Refused ? error : refusedBy(error, options)
  if (refused.status === 401) reply.header('www-authenticate', 'Bearer')
  if (refused.status === 429 || refused.status === 503) reply.header('retry-after', String(retryAfterSeconds))
  return reply.code(refused.status).send({ error: refused.code, reason: refused.message })
}

/** What fastify itself refuses keeps its status; anything else is our fault, and no sender's business. */
function refusedBy(error: unknown, options: EventDoorOptions): Refused {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500 && error instanceof Error) return new Refused(status, 'bad_request', error.message)
  options.onFault?.(error)
  return new Refused(500, 'internal', 'the events could not be taken: send the same again')
}
