import type { LogRecord, TopicOffset, TopicPartition } from '@straylight/runtime/log/log'
import { nameOf } from '@straylight/runtime/log/topic-partition'
import { PartialLines } from './files/join-partials.ts'
import type { Piece } from './files/piece-builder.ts'
import { type HeldSpan, SpanMemory } from './formats/otlp/span-memory.ts'
import { isObject, type JsonObject, scalarText } from './record/field-reader.ts'
import { type OpenedRecord, openValues, type ReadContext, type Unopened } from './record/read-record.ts'
import { agentsHeader, credentialsHeader, originHeader, tenantHeader } from './record/sender.ts'
import { SpanPatience } from './span-patience.ts'

/** Records and bytes that are opened before the first of them is read: so far what came together is looked ahead. */
const [aheadRecords, aheadBytes] = [1_000, 8 * 1024 * 1024]
/** Records and bytes that wait in all partitions together; beyond, the first of the partition at hand waits no longer. */
const [recordsMax, bytesMax] = [20_000, 64 * 1024 * 1024]
/** Senders of a partition whose line is open at once; beyond, the one that began first is given up. */
const openLinesMax = 1_000

/** A record that was opened, in its place in its partition. */
interface WaitingRecord {
  readonly record: LogRecord
  /** `part`: of a line whose end has not come; `null`: it is in the record that held the end. */
  opened: OpenedRecord | Unopened | 'part' | null
  /** Its spans and log records of OpenTelemetry, by their index among the values found. */
  readonly spans: Map<number, HeldSpan>
  readonly sender: string
  /** Who answers for its waiting and for what is remembered of it: its sender's token, else its service. */
  account: string
  /** Whose parts of lines it may be joined with: never those of another sender, tenant or token. */
  readonly joins: string
  readonly arrivedMs: number
  readonly context: ReadContext
}

/** Lines of one sender that a container's runtime cut, whose other parts are records of their own. */
interface CutLines {
  readonly lines: PartialLines
  readonly parts: Map<Piece, WaitingRecord>
}

interface Partition {
  readonly of: TopicPartition
  readonly waiting: WaitingRecord[]
  /** Those that wait for the end of a line, by sender. */
  readonly cut: Map<string, CutLines>
}

/**
 * Records between the log and the reader: spans wait for the agents around them, which end later and so come in later documents. Order
 * stays: what stands behind a waiting record in its partition waits with it. Bound by time, records and bytes.
 */
export class WaitingRecords {
  private readonly partitions = new Map<string, Partition>()
  private readonly memory = new SpanMemory()
  private readonly patience: SpanPatience
  private readonly waitMs: number
  /** For senders without an open line: most records come whole. */
  private closed: CutLines = { lines: new PartialLines(), parts: new Map() }
  private addedRecords = 0
  private addedBytes = 0
  private records = 0
  private bytes = 0

  constructor(waitMs: number) {
    this.waitMs = waitMs
    this.patience = new SpanPatience(waitMs)
  }

  get isEmpty(): boolean {
    return this.records === 0
  }

  /** Whether enough was added since records were last taken. */
  get isFull(): boolean {
    return this.addedRecords >= aheadRecords || this.addedBytes >= aheadBytes
  }

  add(record: LogRecord, context: ReadContext, nowMs: number): void {
    const partition = this.partitionOf(record)
    const sender = `${record.headers[tenantHeader] ?? ''}\n${record.headers[agentsHeader] ?? ''}`
    const piece = { value: record.value, headers: record.headers, line: 0 }
    const spans = new Map<number, HeldSpan>()
    const joins = joinsWith(record, sender)
    const one: WaitingRecord = {
      record,
      opened: 'part',
      spans,
      sender,
      account: joins,
      joins,
      arrivedMs: nowMs,
      context,
    }
    partition.waiting.push(one)
    this.records++
    this.bytes += record.value.length
    this.addedRecords++
    this.addedBytes += record.value.length
    this.addPiece(partition, piece, one)
  }

  private addPiece({ cut }: Partition, piece: Piece, one: WaitingRecord): void {
    const own = cut.get(one.joins) ?? this.closed
    own.parts.set(piece, one)
    for (const whole of own.lines.add(piece)) this.addWhole(own, whole)
    if (!own.lines.isOpen) {
      cut.delete(one.joins)
      return
    }
    cut.set(one.joins, own)
    if (own === this.closed) this.closed = { lines: new PartialLines(), parts: new Map() }
    for (const first of cut.size > openLinesMax ? cut.keys() : []) {
      this.giveUpLines(cut, first)
      break
    }
  }

  /** The record that held a line's end has all of it, and those before it nothing. */
  private addWhole({ lines, parts }: CutLines, whole: Piece): void {
    const pieces = lines.partsOf(whole)
    const last = pieces.at(-1)
    for (const piece of pieces) {
      const part = parts.get(piece)
      parts.delete(piece)
      if (part === undefined) continue
      if (piece === last) this.open(part, whole.value)
      else part.opened = null
    }
  }

  private open(one: WaitingRecord, value: Buffer): void {
    const opened = openValues(value, one.record.headers, one.context)
    one.opened = opened
    if (!('found' in opened)) return
    opened.found.forEach((found, index) => {
      if (found.kind !== 'value' || (found.value.otlp !== 'span' && found.value.otlp !== 'log')) return
      const held: HeldSpan = { value: found.value }
      one.spans.set(index, held)
      one.account = `${one.sender}\n${tokenOf(one.record) ?? serviceIn(found.value)}`
      this.memory.remember(one.sender, held, one.account)
    })
  }

  /** The records that need wait no longer, in the order of each partition. */
  *take(nowMs: number): Generator<{ record: LogRecord; opened: OpenedRecord | Unopened | null }, void, undefined> {
    this.addedRecords = 0
    this.addedBytes = 0
    for (const partition of this.partitions.values()) {
      const { waiting } = partition
      let done = 0
      try {
        for (const one of waiting) {
          if (this.waits(one, nowMs)) break
          done++
          this.charge(one, nowMs)
          if (one.opened === 'part') this.giveUpLines(partition.cut, one.joins)
          yield { record: one.record, opened: this.settled(one) }
          this.records--
          this.bytes -= one.record.value.length
        }
      } finally {
        waiting.splice(0, done)
      }
    }
  }

  /** Where the first waiting record of each partition stands. */
  heldBack(): TopicOffset[] {
    return [...this.partitions.values()].flatMap(({ of, waiting }) =>
      waiting[0] === undefined ? [] : [{ topic: of.topic, partition: of.partition, offset: waiting[0].record.offset }],
    )
  }

  forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const { waiting = [] } = this.partitions.get(nameOf(partition)) ?? {}
      this.records -= waiting.length
      for (const { record } of waiting) this.bytes -= record.value.length
      this.partitions.delete(nameOf(partition))
    }
  }

  private waits(one: WaitingRecord, nowMs: number): boolean {
    const { opened, spans, account, arrivedMs } = one
    if ((spans.size === 0 && opened !== 'part') || nowMs - arrivedMs >= this.waitMs) return false
    if (this.records > recordsMax || this.bytes > bytesMax) return false
    return this.patience.isLeft(account, nowMs) && (opened === 'part' || this.lacksAgents(one))
  }

  private lacksAgents({ spans, sender }: WaitingRecord): boolean {
    for (const held of spans.values()) if (this.memory.isWaiting(sender, held)) return true
    return false
  }

  /** What waited in vain held up what stands behind it: its sender pays for that. */
  private charge(one: WaitingRecord, nowMs: number): void {
    const isOver = nowMs - one.arrivedMs >= this.waitMs
    if (isOver && (one.opened === 'part' || this.lacksAgents(one)))
      this.patience.charge(one.account, one.arrivedMs, nowMs)
  }

  /** The end of a sender's line did not come in time: its parts are read as they are. */
  private giveUpLines(cut: Map<string, CutLines>, joins: string): void {
    for (const [piece, part] of cut.get(joins)?.parts ?? []) this.open(part, piece.value)
    cut.delete(joins)
  }

  private settled({ opened, spans, sender, account }: WaitingRecord): OpenedRecord | Unopened | null {
    if (opened === 'part' || opened === null || !('found' in opened) || spans.size === 0)
      return opened === 'part' ? null : opened
    // Inner spans end first and so stand first: each is settled before the one around it.
    for (const held of spans.values()) this.memory.settle(sender, held, account)
    const found = opened.found.map((one, index) => {
      const held = spans.get(index)
      return one.kind === 'value' && held !== undefined ? { ...one, value: held.value } : one
    })
    return { ...opened, found }
  }

  private partitionOf({ topic, partition }: LogRecord): Partition {
    const name = nameOf({ topic, partition })
    const known = this.partitions.get(name)
    if (known !== undefined) return known
    const made = { of: { topic, partition }, waiting: [], cut: new Map() }
    this.partitions.set(name, made)
    return made
  }
}

const serviceMax = 100

/** Parts of a line are joined where all that says whose they are is the same: tenant, agents, credentials, token and key. */
const joinsWith = (record: LogRecord, sender: string): string =>
  `${sender}\n${record.headers[credentialsHeader] ?? ''}\n${tokenOf(record) ?? ''}\n${record.key ?? ''}`

/** The name of the token that a record came with. */
function tokenOf({ headers }: LogRecord): string | null {
  const origin = headers[originHeader]
  return origin?.startsWith('token ') === true ? origin : null
}

function serviceIn({ resource }: JsonObject): string {
  return isObject(resource) ? `service ${scalarText(resource['service.name']).slice(0, serviceMax)}` : ''
}
