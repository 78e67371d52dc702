import { parsedJson } from '@straylight/schemas/parsed-json'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import type { Piece } from './piece-builder.ts'

/** Longest line that is put together again, and the most parts of it: beyond, its parts are handed on as they are. */
const [bytesMax, partsMax] = [1024 * 1024, 256]
/** Streams of which a line may be open at once: standard output and error of some containers. */
const streamsMax = 64

/** A line of a container's log: `TIME stdout P TEXT`. `P` is a part that goes on in the stream's next line, `F` the last one. */
const criLine = /^(\d{4}-\d\d-\d\dT[0-9:.]{8,20}(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::\S*)? ?/

/** One line of a runtime's log, as far as partial lines need it. */
interface Part {
  readonly stream: string
  readonly text: Buffer
  readonly isLast: boolean
  /** The line that the whole text would have been. */
  whole(text: Buffer): Buffer
}

interface Open {
  readonly pieces: Piece[]
  readonly texts: Buffer[]
  bytes: number
}

/**
 * Puts lines together again that a container's runtime cut at 16 KiB: CRI's (containerd, CRI-O) by their flag, Docker's `json-file` by the
 * line break that their text lacks. One instance a file or body; the order of what is whole stays.
 */
export class PartialLines {
  private readonly open = new Map<string, Open>()
  private readonly made = new WeakMap<Piece, readonly Piece[]>()

  /** The pieces that a whole line was put together from, the last one among them; itself where it came whole. */
  partsOf(piece: Piece): readonly Piece[] {
    return this.made.get(piece) ?? [piece]
  }

  /** Whether a line waits for its end. */
  get isOpen(): boolean {
    return this.open.size > 0
  }

  *add(piece: Piece): Generator<Piece, void, undefined> {
    const part = partOf(piece.value, this.open.size > 0)
    if (part === null) {
      yield piece
      return
    }
    const before = this.open.get(part.stream)
    if (before === undefined && part.isLast) {
      yield piece
      return
    }
    const line = before ?? { pieces: [], texts: [], bytes: 0 }
    line.pieces.push(piece)
    line.texts.push(part.text)
    line.bytes += part.text.length
    if (part.isLast || isWholeObject(line, part)) {
      this.open.delete(part.stream)
      const [first = piece] = line.pieces
      const whole = { ...piece, line: first.line, value: part.whole(Buffer.concat(line.texts)) }
      this.made.set(whole, line.pieces)
      yield whole
    } else if (line.bytes > bytesMax || line.pieces.length > partsMax || this.open.size > streamsMax) {
      this.open.delete(part.stream)
      yield* line.pieces
    } else this.open.set(part.stream, line)
  }

  /** What never ended is handed on as it came. */
  *end(): Generator<Piece, void, undefined> {
    for (const { pieces } of this.open.values()) yield* pieces
    this.open.clear()
  }
}

/** What a line is a part of; `null` where it is no such line, or whole by itself. `isOpen`: another one waits for its end. */
function partOf(line: Buffer, isOpen: boolean): Part | null {
  const first = line[0]
  if (first !== undefined && first >= 0x30 && first <= 0x39) return criPart(line)
  return first === 0x7b ? dockerPart(line, isOpen) : null
}

function criPart(line: Buffer): Part | null {
  const [head, time, stream, flag] = criLine.exec(line.toString('latin1', 0, 64)) ?? []
  if (head === undefined || stream === undefined) return null
  return {
    stream,
    text: line.subarray(head.length),
    isLast: flag === 'F',
    whole: (text) => Buffer.concat([Buffer.from(`${time} ${stream} F `), text]),
  }
}

const dockerHead = Buffer.from('{"log":"')
const dockerEnd = Buffer.from('\\n","')

/** Fluent Bit and others write the same without any line break: what is an object by itself is whole. */
function dockerPart(line: Buffer, isOpen: boolean): Part | null {
  if (!line.subarray(0, dockerHead.length).equals(dockerHead)) return null
  if (!isOpen && line.includes(dockerEnd)) return null
  const record = parsedJson(line.toString('utf8'))
  if (!isObject(record) || typeof record.log !== 'string' || typeof record.stream !== 'string') return null
  const { log, stream, ...others } = record
  const isLast = log.endsWith('\n') || (!isOpen && !(/^\s*[{[]/.test(log) && parsedJson(log) === undefined))
  return {
    stream: `docker ${stream} ${containerOf(others)}`,
    text: Buffer.from(log),
    isLast,
    whole: (text) => Buffer.from(JSON.stringify({ log: text.toString('utf8'), stream, ...others })),
  }
}

/** Shippers that mix containers say of which each line is: lines of two are never joined. */
function containerOf({ kubernetes, container_id, container_name, filename, file }: JsonObject): string {
  const { pod_id, pod_name, container_name: name } = isObject(kubernetes) ? kubernetes : {}
  return JSON.stringify([pod_id, pod_name, name, container_id, container_name, filename, file])
}

/** A line whose end has no break, as some shippers write it, ends where its object does. */
const isWholeObject = ({ texts, pieces }: Open, { stream }: Part): boolean =>
  pieces.length > 1 && stream.startsWith('docker ') && parsedJson(Buffer.concat(texts).toString('utf8')) !== undefined
