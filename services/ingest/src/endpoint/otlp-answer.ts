import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { counted } from '@straylight/schemas/counted'
import { cutText } from '@straylight/schemas/cut-text'
import type { FastifyReply } from 'fastify'
import type { EventEndpointAnswer } from './judge-body.ts'
import { RequestRefused } from './request-refused.ts'
import type { OtlpEncoding, OtlpSignal } from './split-otlp.ts'

const types = { protobuf: 'application/x-protobuf', json: 'application/json' } as const

/** How a request is written, and its answer with it. Throws `RequestRefused` 415 for another type. */
export function otlpEncodingOf(contentType: string | undefined): OtlpEncoding {
  const type = typeOf(contentType)
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf'
  if (type === 'application/json') return 'json'
  const given = cutText(type, 80)
  throw new RequestRefused(
    415,
    'unknown_type',
    `content-type "${given}" is not read: send ${types.protobuf} or ${types.json}`,
  )
}

const typeOf = (contentType: string | undefined): string => contentType?.split(';')[0]?.trim().toLowerCase() ?? ''

/** Reasons that a partial success quotes. */
const quotedMax = 3

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: empty for a full success, else how many were rejected and why. */
export function sendOtlpAnswer(
  reply: FastifyReply,
  { signal, encoding, answer }: { signal: OtlpSignal; encoding: OtlpEncoding; answer: EventEndpointAnswer },
): FastifyReply {
  const { rejected, rejected_total: total } = answer
  const name = signal === 'traces' ? 'span' : 'log record'
  const quoted = rejected.slice(0, quotedMax).map(({ line, code, reason }) => `${name} ${line}: ${code}: ${reason}`)
  const reason = cutText(`${counted(total, name)} rejected. ${quoted.join('. ')}`, 2_000)
  reply.code(200).type(types[encoding])
  if (encoding === 'json') {
    const count = signal === 'traces' ? 'rejectedSpans' : 'rejectedLogRecords'
    return reply.send(total === 0 ? {} : { partialSuccess: { [count]: String(total), errorMessage: reason } })
  }
  const writer = new BinaryWriter()
  if (total > 0) {
    const partial = new BinaryWriter()
      .tag(1, WireType.Varint)
      .int64(total)
      .tag(2, WireType.LengthDelimited)
      .string(reason)
    writer.tag(1, WireType.LengthDelimited).bytes(partial.finish())
  }
  return reply.send(Buffer.from(writer.finish()))
}

/** gRPC's code for each status, which the body repeats. */
const codes: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 413: 11, 415: 3, 429: 8, 503: 14 }

/** Clients send again after 429, 502, 503 and 504 only: what may be sent again is answered so. */
const retriedAs: Readonly<Record<number, number>> = { 408: 503, 500: 503 }

/** A refusal as `google.rpc.Status`, in the request's own encoding; JSON where that is none of ours. */
export function sendOtlpRefusal(
  reply: FastifyReply,
  contentType: string | undefined,
  { status: given, code, message, retryAfterSeconds }: RequestRefused,
): FastifyReply {
  const status = retriedAs[given] ?? given
  if (status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', String(retryAfterSeconds ?? 2))
  const number = codes[status] ?? 2
  const text = `${code}: ${message}`
  reply.code(status)
  if (!typeOf(contentType).endsWith('protobuf')) return reply.type(types.json).send({ code: number, message: text })
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(number).tag(2, WireType.LengthDelimited).string(text)
  return reply.type(types.protobuf).send(Buffer.from(writer.finish()))
}
