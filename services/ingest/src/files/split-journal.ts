import { isUtf8 } from 'node:buffer'
import { createPieceBuilder, type InputSplitter, type Piece, type PieceBuilder } from './piece-builder.ts'

const newline = 0x0a
/** Most bytes of an entry's fields beside its first message: a dump of memory is a field, too, and none of ours. */
const fieldsBytesMax = 256 * 1024
/** Bytes of the number that says how long a field is. */
const lengthBytes = 8

/**
 * The entries of `journalctl -o export` as the objects of `journalctl -o json`: a field a line (`NAME=text`), or the name alone, the value's
 * length in eight bytes, least first, and the value; an empty line ends an entry.
 */
export function createJournalSplitter(): InputSplitter {
  return new JournalSplitter()
}

class JournalSplitter implements InputSplitter {
  #at: 'text' | 'length' | 'value' = 'text'
  #builder: PieceBuilder = createPieceBuilder()
  #name = ''
  #length: Buffer = Buffer.alloc(0)
  /** Bytes of the value that are still to come. */
  #left = 0
  /** Values by name, in their order. */
  #fields = new Map<string, unknown[]>()
  #fieldsBytes = 0
  /** The message is beyond the log's limit. */
  #cut: Piece | null = null
  #line = 1
  #begins = 1;

  *push(chunk: Buffer): Iterable<Piece> {
    let start = 0
    while (start < chunk.length) {
      if (this.#at === 'text') {
        const end = chunk.indexOf(newline, start)
        this.#builder.add(chunk.subarray(start, end < 0 ? chunk.length : end))
        start = end < 0 ? chunk.length : end + 1
        if (end >= 0) yield* this.#endLine()
      } else start = this.#at === 'length' ? this.#readLength(chunk, start) : this.#readValue(chunk, start)
    }
  }

  /** What was cut off is handed on as far as it came, to be rejected. */
  *end(): Iterable<Piece> {
    const rest = this.#builder.take(this.#begins)
    if (this.#at !== 'text') {
      yield rest.value.length > 0 ? rest : { ...rest, value: Buffer.from(this.#name) }
      return
    }
    if (rest.value.length > 0) this.#addLine(rest)
    yield* this.#entry()
  }

  *#endLine(): Iterable<Piece> {
    const piece = this.#builder.take(this.#line++)
    if (piece.value.length > 0) this.#addLine(piece)
    else {
      yield* this.#entry()
      this.#begins = this.#line
    }
  }

  #addLine(piece: Piece): void {
    const equals = piece.value.indexOf('=')
    const name = piece.value.toString('latin1', 0, equals < 0 ? 100 : Math.min(equals, 100))
    if (equals >= 0) this.#addField(name, { ...piece, value: piece.value.subarray(equals + 1) })
    else {
      this.#name = name
      this.#length = Buffer.alloc(0)
      this.#at = 'length'
    }
  }

  #readLength(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + lengthBytes - this.#length.length)
    this.#length = Buffer.concat([this.#length, chunk.subarray(start, end)])
    if (this.#length.length === lengthBytes) {
      // A line break follows the value.
      this.#left = Number(this.#length.readBigUInt64LE()) + 1
      this.#at = 'value'
    }
    return end
  }

  #readValue(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + this.#left)
    this.#left -= end - start
    this.#builder.add(chunk.subarray(start, end))
    for (let at = chunk.indexOf(newline, start); at >= 0 && at < end; at = chunk.indexOf(newline, at + 1)) this.#line++
    if (this.#left === 0) {
      this.#addField(this.#name, this.#builder.take(this.#begins))
      this.#at = 'text'
    }
    return end
  }

  /** A field that an entry has several times is a list, as `journalctl -o json` writes it. */
  #addField(name: string, piece: Piece): void {
    const isCut = Object.keys(piece.headers).length > 0
    if (name === 'MESSAGE' && isCut) this.#cut = piece
    if (isCut) return
    const values = this.#fields.get(name)
    const isMessage = name === 'MESSAGE' && values === undefined
    if (!isMessage) this.#fieldsBytes += name.length + piece.value.length
    if (!isMessage && this.#fieldsBytes > fieldsBytesMax) return
    const value = isUtf8(piece.value) ? piece.value.toString('utf8') : [...piece.value]
    if (values === undefined) this.#fields.set(name, [value])
    else values.push(value)
  }

  *#entry(): Iterable<Piece> {
    if (this.#cut !== null) yield { ...this.#cut, line: this.#begins }
    else if (this.#fields.size > 0) {
      const builder = createPieceBuilder()
      const fields = [...this.#fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values])
      builder.add(Buffer.from(JSON.stringify(Object.fromEntries(fields))))
      yield builder.take(this.#begins)
    }
    this.#fields = new Map()
    this.#fieldsBytes = 0
    this.#cut = null
  }
}
