import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Log, LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { Knowledge, KnowledgePart } from '@straylight/schemas/knowledge'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { topics } from '@straylight/schemas/topics'

const topic = topics.knowledge.name
/** Bytes of a piece before base64, which then takes 512 KiB: half of what Kafka's default record limit allows. */
const pieceBytesMax = 384 * 1024

/** A knowledge version as it stands in the log. */
export interface LoggedKnowledge {
  readonly knowledge: Knowledge
  readonly sha256: string
}

/** A version in the log is damaged. */
export class BadKnowledge extends StraylightError {
  override readonly name = 'BadKnowledge'
  override readonly code = 'bad_knowledge'
}

/**
 * Writes a version, in parts below the log's record limit; resolves when all of them are durable, with its SHA-256.
 * Written again (after a crash) it is the same version: readers take the first whole one of a number.
 */
export async function writeKnowledge(log: Log, knowledge: Knowledge): Promise<string> {
  const whole = await promisify(gzip)(JSON.stringify(knowledge), { level: 3 })
  const sha256 = createHash('sha256').update(whole).digest('hex')
  const parts = Math.max(1, Math.ceil(whole.length / pieceBytesMax))
  const records = Array.from({ length: parts }, (_, part): NewRecord => {
    const piece = whole.subarray(part * pieceBytesMax, (part + 1) * pieceBytesMax).toString('base64')
    const value: KnowledgePart = { version: knowledge.version, part, parts, sha256, piece }
    return {
      topic,
      partition: 0,
      key: 'knowledge',
      value: JSON.stringify(value),
      headers: { type: 'knowledge', version: String(knowledge.version), part: String(part) },
      timestamp: knowledge.made_at,
    }
  })
  await log.append(records)
  return sha256
}

/** The version of that number, or nothing while it is not there whole. Throws `BadKnowledge` where it is damaged. */
export async function readKnowledge(log: Log, version: number): Promise<LoggedKnowledge | undefined> {
  return soundOf(log, { wanted: (candidate) => candidate === version })
}

/**
 * The highest version that is there whole and sound; `onUnreadable` hears of records that are no part of one. Throws `BadKnowledge` where
 * there are only damaged ones.
 */
export async function latestKnowledge(
  log: Log,
  onUnreadable?: (record: LogRecord, reason: string) => void,
): Promise<LoggedKnowledge | undefined> {
  return soundOf(log, { wanted: (candidate, known) => candidate > known, onUnreadable })
}

/**
 * The highest version above `known` that came whole from offset `from` on, and from where to look the next time: where the first part stands
 * whose version is not whole yet, else the end. A topic of a year's versions is not gone through for each new one.
 */
export async function knowledgeSince(
  log: Log,
  { from, known }: { from: number; known: number },
): Promise<{ latest: LoggedKnowledge | undefined; next: number }> {
  let next = from
  const latest = await soundOf(log, {
    from,
    wanted: (candidate, found) => candidate > Math.max(known, found),
    onLooked: (to) => {
      next = to
    },
  })
  return { latest, next }
}

/** Topics that score judges from: in each of them markers say which version a record is judged with. */
const judgedTopics = [topics.events.name, topics.credentials.name]

/**
 * A marker for every partition of `agent.events.v1` and `agent.credentials.v1` (both have `partitions` of them): switches
 * the version on at that place in the log.
 */
export function markerRecords(version: number, partitions: number, timestamp?: number): NewRecord[] {
  return judgedTopics.flatMap((judged) =>
    Array.from({ length: partitions }, (_, partition) => ({
      topic: judged,
      partition,
      key: 'marker',
      value: JSON.stringify({ version }),
      headers: { type: 'marker' },
      ...(timestamp === undefined ? {} : { timestamp }),
    })),
  )
}

/**
 * Whether the topic holds the whole version of this SHA-256 from offset `from` on, and nothing else: who wrote it need not read it again to
 * know that no other stands before it.
 */
export async function holdsOnly(log: Log, { from, sha256 }: { from: number; sha256: string }): Promise<boolean> {
  const to = await log.endOffset({ topic, partition: 0 })
  const found = new Set<number>()
  let parts = Number.POSITIVE_INFINITY
  for await (const record of log.read({ topic, partition: 0 }, from, to)) {
    const part = partOf(record)
    if (part?.sha256 !== sha256) return false
    found.add(part.part)
    parts = part.parts
  }
  return found.size === parts
}

/** Where the topic ends now. */
export const knowledgeEnd = (log: Log): Promise<number> => log.endOffset({ topic, partition: 0 })

interface Collected {
  readonly version: number
  readonly sha256: string
  readonly pieces: readonly Buffer[]
}

interface Wanted {
  wanted(version: number, known: number): boolean
  /** Offset to begin at; the topic's start where it is left out. */
  readonly from?: number
  /** Hears where what came later begins, with what is not whole yet. */
  readonly onLooked?: (next: number) => void
  readonly onUnreadable?: ((record: LogRecord, reason: string) => void) | undefined
}

/** Damaged versions that are passed over in one search, and versions whose parts are held at once while they are put together. */
const damagedMax = 16
const openMax = 16

async function soundOf(log: Log, { onUnreadable, ...search }: Wanted): Promise<LoggedKnowledge | undefined> {
  const damaged = new Set<string>()
  let failure: unknown
  while (damaged.size < damagedMax) {
    // What is no part of a version is reported once.
    const reported = damaged.size === 0 ? onUnreadable : undefined
    const collected = await collect(log, { ...search, onUnreadable: reported }, damaged)
    if (collected === undefined) break
    try {
      return await wholeOf(collected)
    } catch (error) {
      failure ??= error
      damaged.add(nameOf(collected))
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

const nameOf = ({ version, sha256 }: Pick<Collected, 'version' | 'sha256'>): string => `${version}/${sha256}`

/**
 * Goes through the topic once (a few megabytes, one partition, so everyone sees one order) and keeps the last wanted
 * version. Two writers of one number can only be an owner and the one who took over from it: the first whole one counts.
 */
async function collect(
  log: Log,
  { wanted, onUnreadable, onLooked, from: since = 0 }: Wanted,
  damaged: ReadonlySet<string>,
): Promise<Collected | undefined> {
  const from = Math.max(since, await log.startOffset({ topic, partition: 0 }))
  const to = await log.endOffset({ topic, partition: 0 })
  const open = new Map<string, OpenVersion>()
  let whole: Collected | undefined
  for await (const record of log.read({ topic, partition: 0 }, from, to)) {
    // Only the header is looked at for versions that nobody asked for.
    const version = Number(record.headers.version)
    if (!Number.isSafeInteger(version)) onUnreadable?.(record, 'says of no knowledge version that it is a part of it')
    if (whole?.version === version || !wanted(version, whole?.version ?? 0)) continue
    const part = partOf(record)
    if (part === undefined) onUnreadable?.(record, 'is no part of a knowledge version')
    if (part === undefined || damaged.has(nameOf(part))) continue
    const { pieces } = putIn(open, part, record.offset)
    if (pieces.includes(undefined)) continue
    whole = { version, sha256: part.sha256, pieces: pieces as Buffer[] }
    for (const other of open.keys()) if (Number(other.split('/')[0]) <= version) open.delete(other)
  }
  onLooked?.([...open.values()].reduce((least, { first }) => Math.min(least, first), to))
  return whole
}

/** A version of which parts are missing. */
interface OpenVersion {
  /** Offset of the first part that was found. */
  readonly first: number
  readonly pieces: (Buffer | undefined)[]
}

function putIn(open: Map<string, OpenVersion>, part: KnowledgePart, offset: number): OpenVersion {
  const name = nameOf(part)
  const found = open.get(name) ?? { first: offset, pieces: new Array<Buffer | undefined>(part.parts).fill(undefined) }
  open.delete(name)
  open.set(name, found)
  found.pieces[part.part] = Buffer.from(part.piece, 'base64')
  if (open.size > openMax) open.delete(open.keys().next().value as string)
  return found
}

function partOf(record: LogRecord): KnowledgePart | undefined {
  const part = KnowledgePart.safeParse(parsedJson(record.value.toString())).data
  // Neither JSON nor a part: somebody else writes the topic.
  if (part === undefined) return undefined
  return part.version === Number(record.headers.version) && part.part < part.parts ? part : undefined
}

async function wholeOf(collected: Collected): Promise<LoggedKnowledge> {
  const { version, sha256, pieces } = collected
  const packed = Buffer.concat(pieces)
  if (createHash('sha256').update(packed).digest('hex') !== sha256) {
    throw new BadKnowledge(`${topic}: version ${version} does not have the SHA-256 that it says. Restore the log.`)
  }
  const knowledge = Knowledge.parse(JSON.parse((await promisify(gunzip)(packed)).toString()))
  return { knowledge, sha256 }
}
