import { ByteReader } from '../profile/byte-reader.ts'
import type { ByteWriter } from '../profile/byte-writer.ts'
import { SessionValues, type SessionValuesState } from '../provenance/session-values.ts'

/** The highest closed-form surprise of an open session: with provenance, and without. */
export interface SessionSurprise {
  highest: number
  highest_without_provenance: number
  /** An event of it was held out. */
  strayed: boolean
}

/** What a session has come to: kept with the profile so that risk goes on after a restart. */
export interface SessionScore {
  highest_score: number
  highest_risk: number
  /** An event of it was held out. */
  strayed: boolean
}

/** What is remembered of an open session. */
export interface OpenSession {
  /** The session's name: the event's own, else `~credential@start`. */
  readonly session: string
  readonly started_at: number
  last_time: number
  events: number
  previous_step: string
  previous_step_2: string
  bytes_sent: number
  bytes_received: number
  /** What its calls returned and used; null while its events carry no values. */
  values: SessionValues | null
  /** Null before the first event was judged; baseline, which judges none, leaves it so. */
  score: SessionScore | null
  surprise: SessionSurprise | null
}

/** Bits that say which parts follow. */
const hasOwnName = 1
const hasScore = 2
const scoreStrayed = 4
const hasSurprise = 8
const surpriseStrayed = 16
const hasValues = 32
/** It remembers values of calls, of which an agent may have a few such sessions only. */
const remembers = 64

/** 32 bits of a session's key, to pass over the others quickly; found to meet, keys themselves are compared (FNV-1a). */
export function printOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** What stands before a session's parts: 32 bits with the length of all, 32 of its key's print, a byte of bits. */
const printAt = 4
const bitsAt = 8
const keyAt = 9

/** Writes an open session as `readSession` reads it, to the bit. */
export function writeSession(to: ByteWriter, key: string, session: OpenSession): void {
  const { score, surprise, values, started_at } = session
  const start = to.length
  to.word(0)
  to.word(printOf(key))
  to.byte(bitsOf(key, session))
  to.text(key)
  if (session.session !== key) to.text(session.session)
  to.number(started_at)
  to.number(session.last_time)
  to.whole(session.events)
  to.text(session.previous_step)
  to.text(session.previous_step_2)
  to.whole(session.bytes_sent)
  to.whole(session.bytes_received)
  if (score !== null) {
    to.number(score.highest_score)
    to.number(score.highest_risk)
  }
  if (surprise !== null) {
    to.number(surprise.highest)
    to.number(surprise.highest_without_provenance)
  }
  if (values !== null) to.text(JSON.stringify(values.toState()))
  to.setWord(start, to.length - start)
}

const bitsOf = (key: string, { session, score, surprise, values }: OpenSession): number =>
  (session === key ? 0 : hasOwnName) |
  (score === null ? 0 : hasScore | (score.strayed ? scoreStrayed : 0)) |
  (surprise === null ? 0 : hasSurprise | (surprise.strayed ? surpriseStrayed : 0)) |
  (values === null ? 0 : hasValues | (values.size > 0 ? remembers : 0))

/** Bytes of the packed session that begins at a place. */
export const lengthAt = (bytes: Buffer, from: number): number => bytes.readUInt32LE(from)
export const printAtPlace = (bytes: Buffer, from: number): number => bytes.readUInt32LE(from + printAt)
export const remembersAt = (bytes: Buffer, from: number): boolean =>
  ((bytes[from + bitsAt] as number) & remembers) !== 0
export const keyAtPlace = (bytes: Buffer, from: number): string => new ByteReader(bytes, from + keyAt).text()

const forgotten = new SessionValues()
forgotten.forgetAll()
const forgottenText = JSON.stringify(forgotten.toState())

/** Writes a packed session that remembers values as the one that has forgotten them: reading all of it would cost ten times as much. */
export function writeForgetful(to: ByteWriter, bytes: Buffer, from: number): void {
  const start = to.length
  to.raw(bytes, from, from + bitsAt)
  to.byte((bytes[from + bitsAt] as number) & ~remembers)
  to.raw(bytes, from + keyAt, valuesPlace(bytes, from))
  to.text(forgottenText)
  to.setWord(start, to.length - start)
}

/** Where a session's values stand: behind all else. */
function valuesPlace(bytes: Buffer, from: number): number {
  const bits = bytes[from + bitsAt] as number
  const reader = new ByteReader(bytes, from + keyAt)
  reader.skipText()
  if (bits & hasOwnName) reader.skipText()
  reader.number()
  reader.number()
  reader.whole()
  reader.skipText()
  reader.skipText()
  reader.whole()
  reader.whole()
  for (const has of [hasScore, hasSurprise]) {
    if (!(bits & has)) continue
    reader.number()
    reader.number()
  }
  return reader.at
}

export function readSession(bytes: Buffer, from: number): [key: string, session: OpenSession] {
  const bits = bytes[from + bitsAt] as number
  const reader = new ByteReader(bytes, from + keyAt)
  const key = reader.text()
  const session: OpenSession = {
    session: bits & hasOwnName ? reader.text() : key,
    started_at: reader.number(),
    last_time: reader.number(),
    events: reader.whole(),
    previous_step: reader.text(),
    previous_step_2: reader.text(),
    bytes_sent: reader.whole(),
    bytes_received: reader.whole(),
    values: null,
    score: null,
    surprise: null,
  }
  if (bits & hasScore) {
    const [highest_score, highest_risk] = [reader.number(), reader.number()]
    session.score = { highest_score, highest_risk, strayed: (bits & scoreStrayed) !== 0 }
  }
  if (bits & hasSurprise) {
    const [highest, highest_without_provenance] = [reader.number(), reader.number()]
    session.surprise = { highest, highest_without_provenance, strayed: (bits & surpriseStrayed) !== 0 }
  }
  if (bits & hasValues) session.values = SessionValues.fromState(JSON.parse(reader.text()) as SessionValuesState)
  return [key, session]
}
