import { readRecord } from '@straylight/ingest/record/read-record'
import { context } from '@straylight/ingest/test-support/audit-record'
import {
  type Draw,
  type HostileRecord,
  hostileRecord,
  mutated,
  seededDraw,
} from '@straylight/ingest/test-support/hostile-record'
import type { Signer } from '@straylight/respond/command/signing-keys'
import type { NewRecord } from '@straylight/runtime/log/log'
import { topics } from '@straylight/schemas/topics'
import type { MessageSample } from './fuzz-samples.ts'

/** Header that carries a record's index: what came of it is found again by its place in the log. */
export const indexHeader = 'fuzz-index'

/** Where the feed's time begins, and how far apart its records are: 20,000 take ten days, in which knowledge is published and what was quarantined comes due. */
const firstMs = Date.parse('2026-11-22T10:00:00.000Z')
const everyMs = 45_000
/** Agents that speak: enough to wait for one another, few enough to have a past. */
const agents = 40
/** One record in so many is a message on another topic. */
const messageOneIn = 8

export const fuzzTimeOf = (index: number): number => firstMs + index * everyMs

export interface FuzzFeed {
  /** The record of this index; the same for the same seed, whatever came before. */
  record(index: number): Promise<NewRecord>
}

/** `signer` signs what a person might, so that mutated words pass the first check and reach the second. */
export function createFeed(seed: number, messages: readonly MessageSample[], signer: Signer): FuzzFeed {
  return {
    record: async (index) => {
      // Far from one another, so that no two records of a run, nor of two seeds, are drawn alike.
      const draw = seededDraw(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b))
      const headers = { [indexHeader]: String(index) }
      if (draw() < 1 / messageOneIn && messages.length > 0) return message(index, draw, { messages, signer, headers })
      const made = draw() < 0.5 ? hostileRecord(draw) : nearlyRight(draw)
      return {
        topic: topics.audit.name,
        key: `agent-${index % agents}`,
        value: asOf(made.value, index),
        headers: { ...asOfHeaders(made.headers, index), ...headers },
        timestamp: fuzzTimeOf(index),
      }
    },
  }
}

/** A mutated record that is still an event, where a few draws find one: most are rejected, and would leave the later stages idle. */
function nearlyRight(draw: Draw): HostileRecord {
  for (let left = 4; ; left--) {
    const made = hostileRecord(draw)
    if (left === 0 || isEvent(made)) return made
  }
}

function isEvent({ value, headers }: HostileRecord): boolean {
  try {
    return readRecord(value, headers, context).events.length > 0
  } catch {
    // What the reader throws on is what is looked for.
    return true
  }
}

/** Samples all have one id, agent and time: of a day's work they would be one event. Byte by byte, for it may be no text. */
function asOf(value: Buffer, index: number): Buffer {
  return Buffer.from(worded(value.toString('latin1'), index), 'latin1')
}

const worded = (text: string, index: number): string =>
  text
    .replaceAll('"e-1"', `"e-${index}"`)
    .replaceAll('invoice-bot', `bot-${index % agents}`)
    .replaceAll('2026-11-22T10:00:00.000Z', new Date(fuzzTimeOf(index)).toISOString())

function asOfHeaders(headers: Readonly<Record<string, string>>, index: number): Record<string, string> {
  const entries = Object.entries(headers)
  return Object.fromEntries(entries.map(([name, text]) => [name, text === 'e-1' ? `e-${index}` : worded(text, index)]))
}

/** An event that somebody else writes has a place of its own: at the sample's it would be one that came again. */
function placed(value: unknown, index: number): unknown {
  const position = (value as { position?: { offset?: unknown } } | null)?.position
  if (position !== undefined) position.offset = placesFrom + index
  return value
}

const placesFrom = 1e9

interface Writing {
  readonly messages: readonly MessageSample[]
  readonly signer: Signer
  readonly headers: Readonly<Record<string, string>>
}

/** A message on another topic, mutated, as whoever may write there could put it down. */
async function message(index: number, draw: Draw, { messages, signer, headers }: Writing): Promise<NewRecord> {
  const sample = messages[Math.floor(draw() * messages.length)] as MessageSample
  const bytes = mutated(placed(JSON.parse(worded(sample.text, index)), index), draw)
  const value = sample.type === undefined || draw() < 0.2 ? bytes : await signer.sign(bytes.toString(), sample.type)
  return {
    topic: sample.topic,
    key: `fuzz-${index % agents}`,
    value,
    headers: { ...sample.headers, ...headers },
    timestamp: fuzzTimeOf(index),
  }
}
