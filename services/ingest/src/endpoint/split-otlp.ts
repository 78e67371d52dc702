import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import type { Inside } from '../formats/format.ts'
import { decodeProtobuf } from '../formats/otlp/decode-protobuf.ts'
import { openLogs, openTraces } from '../formats/otlp/otlp-framings.ts'
import { otlpDocuments } from '../formats/otlp/protobuf-schema.ts'
import { openRecord } from '../framing/open-record.ts'
import { recordBytesMax } from '../record/cut-record.ts'
import { doubledFault } from '../record/doubled-names.ts'
import type { Fault } from '../record/event-draft.ts'
import { isObject, type JsonObject, jsonKindOf } from '../record/field-reader.ts'
import { parseJson } from '../record/parse-record.ts'
import { cutItem } from '../record/record-items.ts'
import type { SharedTurn } from '../record/shared-turns.ts'
import type { AwaitedSpans } from './awaited-spans.ts'
import { RequestRefused } from './request-refused.ts'
import type { BodyRecord } from './split-body.ts'

export const otlpSignals = ['traces', 'logs'] as const
export type OtlpSignal = (typeof otlpSignals)[number]
export type OtlpEncoding = 'protobuf' | 'json'

/** What a body holds: records for the log, and the names of what is passed over and not written. */
export interface SplitBody {
  readonly records: readonly BodyRecord[]
  readonly passedOver: readonly string[]
}

const signals = {
  traces: { names: ['resourceSpans', 'resource_spans'], open: openTraces },
  logs: { names: ['resourceLogs', 'resource_logs'], open: openLogs },
} as const

/**
 * Most values in one body. An SDK's batch of 512 spans with 20 attributes each is 45,000 in JSON; so many take some 100 ms of a quiet machine
 * in one step.
 */
const valuesMax = 100_000

/**
 * The records of an `ExportTraceServiceRequest` or `ExportLogsServiceRequest`, without what contents held. Throws `RequestRefused` 400 for
 * a body that is none, 413 for one that holds too much.
 */
export async function splitOtlp(
  body: Buffer,
  {
    signal,
    encoding,
    turn,
    recordsMax,
    awaited,
    sender,
    hasher,
  }: {
    signal: OtlpSignal
    encoding: OtlpEncoding
    turn: SharedTurn
    recordsMax: number
    /** Spans of other documents that calls wait for. */
    awaited: AwaitedSpans
    /** Name of the token that it came with. */
    sender: string
    /** Of the sender's tenant; `null`: contents are only measured. */
    hasher: ValueHasher | null
  },
): Promise<SplitBody> {
  if (body.length === 0) return { records: [], passedOver: [] }
  const { open } = signals[signal]
  const groups = groupsOf(encoding === 'json' ? jsonOf(body) : protobufOf(body, signal), signal)
  const records: BodyRecord[] = []
  const passedOver: string[] = []
  let at = 0
  for (const inside of open(groups, hasher)) {
    if (turn.isOver()) await turn.next()
    if (at++ === recordsMax) throw tooMany(`the body holds more than ${recordsMax} spans or log records`)
    const value = bytesOf(inside, awaited, sender)
    if (typeof value === 'string') passedOver.push(value)
    else records.push({ ...(value.length > recordBytesMax ? cutItem(value, {}) : { value, headers: {} }), line: at })
  }
  return { records, passedOver }
}

const tooMany = (reason: string): RequestRefused =>
  new RequestRefused(413, 'too_many_values', `${reason}: send it in parts`)

function jsonOf(body: Buffer): JsonObject {
  const parsed = parseJson(body, valuesMax)
  if ('fault' in parsed) throw refusedFor(parsed.fault)
  const { json, doubled } = parsed
  if (!isObject(json)) throw badBody(`the body must be a JSON object, not ${jsonKindOf(json)}`)
  const fault = doubledFault(json, doubled)
  if (fault !== null) throw badBody(fault.reason)
  return json
}

function protobufOf(body: Buffer, signal: OtlpSignal): JsonObject {
  const decoded = decodeProtobuf(body, otlpDocuments[signal], valuesMax)
  if ('code' in decoded) throw refusedFor(decoded)
  return decoded.json
}

const refusedFor = ({ code, reason }: Fault): RequestRefused =>
  code === 'too_large' ? tooMany(`the body ${reason.split(':')[0]}`) : badBody(`the body ${reason}`)

const badBody = (reason: string): RequestRefused => new RequestRefused(400, 'bad_body', reason)

/** Unknown fields are ignored, as the specification asks; another signal's would be lost without a word. */
function groupsOf(json: JsonObject, signal: OtlpSignal): readonly unknown[] {
  const { names } = signals[signal]
  const other = otlpSignals.find((one) => one !== signal && signals[one].names.some((name) => name in json))
  if (other !== undefined) throw badBody(`the body holds ${signals[other].names[0]}: send it to /v1/${other}`)
  const groups = json[names[0]] ?? json[names[1]] ?? []
  if (!Array.isArray(groups)) throw badBody(`${names[0]}: must be an array, not ${jsonKindOf(groups)}`)
  return groups
}

/** The bytes of a record, or the name by which it is passed over. */
function bytesOf(inside: Inside, awaited: AwaitedSpans, sender: string): Buffer | string {
  if ('base64' in inside) throw new Error('no OTLP record holds base64')
  const bytes = Buffer.from('text' in inside ? inside.text : JSON.stringify(inside.value))
  const value = 'text' in inside ? inside.optional : inside.value
  const name = isObject(inside.optional) ? inside.optional.passed_over : isObject(value) ? value.passed_over : undefined
  if (isObject(value)) awaited.note(value, sender)
  // A span that is no call is written where a call of another document may be below it.
  if (typeof name !== 'string' || (isObject(value) && awaited.concerns(value))) return bytes
  return isObject(inside.optional) && isKnown(bytes) ? bytes : name
}

/** Whether a log record's body is a record of a format; most are some program's own words. */
function isKnown(bytes: Buffer): boolean {
  if (bytes.length > recordBytesMax) return false
  const found = openRecord(bytes, {})
  return !('fault' in found) && found.some(({ kind }) => kind !== 'fault')
}
