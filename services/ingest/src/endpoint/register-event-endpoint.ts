import type { Readable } from 'node:stream'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { counted } from '@straylight/schemas/counted'
import type { EventToken } from '@straylight/schemas/event-token'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { builtInFormats, type Formats } from '../formats/create-formats.ts'
import type { Headers } from '../formats/format.ts'
import type { IngestMetrics } from '../ingest-metrics.ts'
import { type AgentRegistry, createAgentRegistry } from '../record/agent-registry.ts'
import { latestTime } from '../record/sender.ts'
import { createSharedTurns, type SharedTurn } from '../record/shared-turns.ts'
import { bindingOf } from '../record/token-binding.ts'
import { AwaitedSpans } from './awaited-spans.ts'
import { type BodyPace, defaultBodyPace } from './body-pace.ts'
import { tokenHolderOf } from './event-tokens.ts'
import { type EventEndpointAnswer, type JudgedBody, judgeBody } from './judge-body.ts'
import { otlpEncodingOf, sendOtlpAnswer, sendOtlpRefusal } from './otlp-answer.ts'
import { type HeldBody, readBody } from './read-body.ts'
import { RequestRefused, tooLarge } from './request-refused.ts'
import { type BodyRecord, splitBody } from './split-body.ts'
import { type OtlpSignal, otlpSignals, type SplitBody, splitOtlp } from './split-otlp.ts'
import { createTokenBudgets, defaultTokenLimits, type TokenBudget, type TokenLimits } from './token-budgets.ts'

export interface EventEndpointOptions {
  readonly log: Log
  /** Without tokens the endpoint is shut. */
  readonly tokens: readonly EventToken[]
  /** Resolves aliases: a token's agents and the key of a record are the registry's names. */
  readonly registry?: AgentRegistry
  /** What is read, and what becomes of contents; the formats that are built in where it is left out. */
  readonly formats?: Formats
  readonly now?: () => number
  /** A clock that never goes back, for budgets. */
  readonly monotonicMs?: () => number
  /** Largest body, unzipped. */
  readonly bodyBytesMax?: number
  /** Most records of one body, after arrays and documents were taken apart. */
  readonly bodyRecordsMax?: number
  /** Bytes of all bodies at hand together. */
  readonly inFlightBytesMax?: number
  /** What each token may ask of the endpoint. */
  readonly tokenLimits?: Partial<TokenLimits>
  readonly bodyPace?: BodyPace
  /** Records that wait before a stage for which too much comes in, and how many are too many to take more from those that send most. */
  readonly lag?: () => number
  readonly lagRecordsMax?: number
  /** Records that ingest has not read, whyever, and how many are too many to take more from anybody: the log must not grow without a bound. */
  readonly unread?: () => number
  readonly unreadRecordsMax?: number
  readonly metrics?: Pick<IngestMetrics, 'endpointValues' | 'endpointRefusals' | 'passedOver'>
  /** Called with what went wrong inside, which the sender does not read. */
  readonly onFault?: (error: unknown) => void
  /** Called for each value that the reader failed on by a fault of its own. */
  readonly onReaderFault?: (error: unknown) => void
}

const retryAfterSeconds = 2
/** Records and bytes of one append: more at once would keep the loop while they are packed. */
const appendRecordsMax = 2_000
const appendBytesMax = 1024 * 1024
/** A refused body costs as much to look at as so many rejected values. */
const refusedBodyRejections = 100

/** A request that was let in, and what its token may still ask. */
interface Admitted {
  readonly holder: EventToken
  readonly budget: TokenBudget
}

interface Endpoint {
  readonly options: EventEndpointOptions
  readonly bodyBytesMax: number
  readonly bodyRecordsMax: number
  readonly budgetOf: (token: EventToken) => TokenBudget
  readonly turns: ReturnType<typeof createSharedTurns>
  readonly awaited: AwaitedSpans
  readonly admitted: WeakMap<FastifyRequest, Admitted>
}

/**
 * `POST /v1/events`: JSON lines, a JSON array, CloudEvents in all three modes or a CloudTrail document, gzip where
 * `content-encoding` says so. Answers 202 when the log holds all of it, with what will be rejected and why; that goes
 * to the log too, for nothing vanishes. 401: no known token; 403: nothing that this token may send; 408: too slow; 413: too
 * large; 415: another type; 429 with `Retry-After`: this token has used up its budget, or too much is at hand; 503: the log does
 * not take it. After the last two, and after no answer, send the same again: what comes twice counts once.
 */
export function registerEventEndpoint(app: FastifyInstance, options: EventEndpointOptions): void {
  const { inFlightBytesMax = 64 * 1024 * 1024, tokenLimits = {}, monotonicMs = () => performance.now() } = options
  const limits = { ...defaultTokenLimits, ...tokenLimits }
  const endpoint: Endpoint = {
    options,
    bodyBytesMax: options.bodyBytesMax ?? 8 * 1024 * 1024,
    bodyRecordsMax: options.bodyRecordsMax ?? 100_000,
    budgetOf: createTokenBudgets({ limits, allBytesMax: inFlightBytesMax, nowMs: monotonicMs }),
    turns: createSharedTurns(),
    awaited: new AwaitedSpans(),
    admitted: new WeakMap(),
  }
  const bodyPace = options.bodyPace ?? defaultBodyPace
  // A scope of its own: its parser and its error texts must not change other routes of the server.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
      const { budget } = admittedOf(endpoint, request)
      const encoding = request.headers['content-encoding']
      return readBody(payload, { encoding, bytesMax: endpoint.bodyBytesMax, budget: budget.bytes, pace: bodyPace })
    })
    scope.setErrorHandler((error, request, reply) => sendError(endpoint, { error, request, reply }))
    scope.post('/v1/events', {
      onRequest: async (request, reply) => admit(endpoint, request, reply),
      handler: async (request, reply) => acceptEvents(endpoint, request, reply),
    })
    for (const signal of otlpSignals)
      scope.post(`/v1/${signal}`, {
        onRequest: async (request, reply) => {
          admit(endpoint, request, reply)
          otlpEncodingOf(request.headers['content-type'])
        },
        handler: async (request, reply) => acceptOtlp(endpoint, signal, request, reply),
        errorHandler: (error, request, reply) =>
          sendOtlpRefusal(reply, request.headers['content-type'], refusalOf(endpoint, { error, request, reply })),
      })
  })
}

/** Before a byte of the body is read: who is it, and is there room? */
function admit(endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply): void {
  const { tokens, lag, lagRecordsMax = 20_000, unread, unreadRecordsMax = 2_000_000 } = endpoint.options
  const holder = tokenHolderOf(tokens, request.headers.authorization)
  if (holder === null)
    throw new RequestRefused(
      401,
      'unauthorized',
      'send the header "authorization: Bearer TOKEN" with a token of the file that STRAYLIGHT_TOKENS names',
    )
  const budget = endpoint.budgetOf(holder)
  reply.raw.once('close', budget.enter())
  endpoint.admitted.set(request, { holder, budget })
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > endpoint.bodyBytesMax) throw tooLarge(endpoint.bodyBytesMax)
  budget.bytes.demand(announced)
  budget.records.demand(1)
  budget.rejections.demand(1)
  const behind = lag?.() ?? 0
  const waiting = unread?.() ?? 0
  // First those that have sent most of it; all of them only when that did not help.
  const busiest = behind > lagRecordsMax && budget.recent.isLarge()
  if (waiting > unreadRecordsMax || busiest) {
    const records = Math.max(behind, waiting)
    throw new RequestRefused(
      429,
      'behind',
      `the detector is ${counted(records, 'record')} behind: send again a little later`,
    )
  }
}

function admittedOf(endpoint: Endpoint, request: FastifyRequest): Admitted {
  const found = endpoint.admitted.get(request)
  if (found === undefined) throw new Error('a request reached the endpoint without being admitted')
  return found
}

async function acceptEvents(endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const body = request.body as HeldBody | undefined
  if (body === undefined) throw new RequestRefused(400, 'no_body', 'the body is empty: send events')
  const headers = attributesOf(request)
  const type = request.headers['content-type'] ?? ''
  const answer = await take(endpoint, request, body, async (turn, recordsMax) => {
    const records = await splitBody(body.bytes, type, {
      headers,
      turn,
      recordsMax,
      formats: formatsOf(endpoint, request),
    })
    if (records.length === 0) throw new RequestRefused(400, 'no_events', 'the body holds no events')
    return { records, passedOver: [] }
  })
  return reply.code(statusOf(answer)).send(answer)
}

/** OTLP/HTTP: an empty request is answered like any other, as its specification asks. */
async function acceptOtlp(
  endpoint: Endpoint,
  signal: OtlpSignal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = (request.body as HeldBody | undefined) ?? { bytes: Buffer.alloc(0), release: () => undefined }
  const encoding = otlpEncodingOf(request.headers['content-type'])
  const answer = await take(endpoint, request, body, async (turn, recordsMax) =>
    splitOtlp(body.bytes, {
      signal,
      encoding,
      turn,
      recordsMax,
      awaited: endpoint.awaited,
      sender: admittedOf(endpoint, request).holder.name,
      hasher: formatsOf(endpoint, request).hasherFor(undefined),
    }),
  )
  if (statusOf(answer) === 403)
    throw new RequestRefused(403, 'not_permitted', answer.rejected[0]?.reason ?? 'nothing of it may be sent')
  return sendOtlpAnswer(reply, { signal, encoding, answer })
}

/** What is read of a request: contents are hashed for the tenant of its token. */
function formatsOf(endpoint: Endpoint, request: FastifyRequest): Formats {
  const { formats = builtInFormats } = endpoint.options
  const { tenant } = admittedOf(endpoint, request).holder
  return { ...formats, hasherFor: () => formats.hasherFor(tenant) }
}

/** Judges what a body holds and writes it to the log, all of it or nothing. */
async function take(
  endpoint: Endpoint,
  request: FastifyRequest,
  body: HeldBody,
  split: (turn: SharedTurn, recordsMax: number) => Promise<SplitBody>,
): Promise<EventEndpointAnswer> {
  const { budget } = admittedOf(endpoint, request)
  try {
    const turn = endpoint.turns.join()
    await turn.next()
    const { records: lines, passedOver } = await split(turn, endpoint.bodyRecordsMax)
    const count = lines.length + passedOver.length
    budget.records.demand(count)
    budget.records.take(count)
    budget.recent.add(count)
    const { records, answer } = await judge(endpoint, request, { lines, turn })
    budget.rejections.demand(answer.rejected_total)
    budget.rejections.take(answer.rejected_total)
    await append(records, turn, endpoint.options)
    const { metrics } = endpoint.options
    metrics?.endpointValues.inc({ outcome: 'accepted' }, answer.accepted)
    metrics?.endpointValues.inc({ outcome: 'rejected' }, answer.rejected_total)
    for (const kind of passedOver) metrics?.passedOver.inc({ kind })
    return answer
  } finally {
    body.release()
  }
}

function judge(
  endpoint: Endpoint,
  request: FastifyRequest,
  { lines, turn }: { lines: readonly BodyRecord[]; turn: SharedTurn },
): Promise<JudgedBody> {
  const { options } = endpoint
  const { holder, budget } = admittedOf(endpoint, request)
  const now = (options.now ?? Date.now)()
  const { registry = nobodyKnown, onReaderFault } = options
  return judgeBody(lines, {
    holder,
    binding: bindingOf(holder),
    context: { registry, tenant: undefined, time_max: latestTime(() => now), onReaderFault, formats: options.formats },
    now,
    turn,
    onRejected: (rejections) => budget.rejections.demand(rejections, lines.length),
  })
}

const nobodyKnown = createAgentRegistry({ version: 1, agents: [] })

/** Nothing was taken because this token may send none of it: a sender should hear that as a refusal. */
function statusOf({ accepted, rejected }: EventEndpointAnswer): number {
  return accepted === 0 && rejected.length > 0 && rejected.every((one) => one.code === 'not_permitted') ? 403 : 202
}

/**
 * CloudEvents attributes as its Kafka binding names them; over HTTP they are percent-encoded. Only where they name an event: on each
 * record of a body of lines they would be 16 kB of log a line, and no other header of a request becomes one of a record.
 */
function attributesOf({ headers }: FastifyRequest): Headers {
  const attributes: Record<string, string> = {}
  if (headers['ce-specversion'] === undefined && headers['ce-type'] === undefined) return attributes
  for (const [name, value] of Object.entries(headers))
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

/** Piece after piece, each acknowledged before the next: their order stands, and others get their turn. */
async function append(records: readonly NewRecord[], turn: SharedTurn, options: EventEndpointOptions): Promise<void> {
  try {
    for (let from = 0; from < records.length; ) {
      let bytes = 0
      let to = from
      for (; to < records.length && to - from < appendRecordsMax && bytes < appendBytesMax; to++)
        bytes += records[to]?.value.length ?? 0
      if (from > 0 || turn.isOver()) await turn.next()
      await options.log.append(records.slice(from, to))
      from = to
    }
  } catch (error) {
    options.onFault?.(error)
    throw new RequestRefused(503, 'log_unavailable', 'the log did not take the events: send the same again')
  }
}

function sendError(
  endpoint: Endpoint,
  refusal: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  const { status, code, message } = refusalOf(endpoint, refusal)
  return refusal.reply.code(status).send({ error: code, reason: message })
}

/** Counts a refusal, charges it to its token and says when to send again. */
function refusalOf(
  endpoint: Endpoint,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): RequestRefused {
  const refused = error instanceof RequestRefused ? error : refusedBy(error, endpoint.options)
  const { status, code } = refused
  endpoint.options.metrics?.endpointRefusals.inc({ code })
  if ([400, 408, 413, 415].includes(status)) chargeRefused(endpoint, request, refused)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 429 || status === 503)
    reply.header('retry-after', String(refused.retryAfterSeconds ?? retryAfterSeconds))
  // What still drips is not read to its end.
  if (status === 408) reply.header('connection', 'close')
  return refused
}

/** Refusing costs time as well: who is refused all the time has less of it to ask for. */
function chargeRefused(endpoint: Endpoint, request: FastifyRequest, { code }: RequestRefused): void {
  const budget = endpoint.admitted.get(request)?.budget
  budget?.rejections.take(refusedBodyRejections)
  if (code === 'too_many_values') budget?.records.take(endpoint.bodyRecordsMax)
}

/** What fastify itself refuses keeps its status; anything else is our fault, and no sender's business. */
function refusedBy(error: unknown, options: EventEndpointOptions): RequestRefused {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 400 && status < 500 && error instanceof Error)
    return new RequestRefused(status, 'bad_request', error.message)
  options.onFault?.(error)
  return new RequestRefused(500, 'internal', 'the events could not be taken: send the same again')
}
