import { builtInFormats, type Formats } from '../formats/create-formats.ts'
import { listNames } from '../framing/list-names.ts'
import { createPieceBuilder, type InputSplitter, type Piece } from './piece-builder.ts'
import { isListHead, recordBehind } from './records-tail.ts'

const quote = 0x22
const comma = 0x2c
const newline = 0x0a
const backslash = 0x5c
const openArray = 0x5b
const closeArray = 0x5d
const openObject = 0x7b
const closeObject = 0x7d

/** RFC 7464: stands before each text, and in none. */
const recordSeparator = 0x1e

/** What a document with a list of records begins with: the list, or plain fields and then the list. */
const text = '"(?:[^"\\\\]|\\\\.)*"'
const recordsHead = new RegExp(
  `^\\{\\s*(?:${text}\\s*:\\s*(?:${text}|[\\w.+-]+)\\s*,\\s*)*"(?:${listNames.join('|')})"\\s*:\\s*\\[$`,
)
const recordsHeadBytesMax = 1024

/**
 * One record an item of a JSON array or of a `{"Records": […]}` document, however it is printed; objects one after
 * another are records too. It finds only where a record ends: what is inside is judged later, so that one bad item
 * costs that item, and a document of any size costs the memory of one.
 */
export function createDocumentSplitter(formats: Formats = builtInFormats): InputSplitter {
  return new DocumentSplitter(formats)
}

class DocumentSplitter implements InputSplitter {
  #formats: Formats
  /** Around the items: nothing, an array, or the array of a `Records` document. */
  #around: 'nothing' | 'array' | 'records' = 'nothing'
  #builder = createPieceBuilder()
  #inItem = false
  /** The item is what follows `Records` in its object, and no record. */
  #isTail = false
  /** What the document at hand begins with, up to its list. */
  #head: Buffer = Buffer.alloc(0)
  /** No record was found in the list at hand. */
  #isEmpty = false
  #depth = 0
  #inString = false
  #escaped = false
  #line = 1
  #itemLine = 1
  /** Where the item begins in the chunk at hand. */
  #start = 0

  constructor(formats: Formats) {
    this.#formats = formats
  }

  *push(chunk: Buffer): Iterable<Piece> {
    this.#start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === undefined) break
      if (!this.#inItem) this.#between(byte, at)
      else if (this.#endsBefore(byte)) {
        yield this.#take(chunk.subarray(this.#start, at))
        this.#isEmpty = false
        this.#between(byte, at)
      } else if (this.#inside(byte)) {
        const piece = this.#take(chunk.subarray(this.#start, at + 1))
        const found = this.#isTail
          ? recordBehind(piece, { isEmpty: this.#isEmpty, head: this.#head, formats: this.#formats })
          : piece
        if (found !== null) yield found
        this.#isTail = false
      } else if (byte === openArray && this.#opensRecords(chunk.subarray(this.#start, at + 1))) {
        this.#take(Buffer.alloc(0))
        this.#around = 'records'
        this.#isEmpty = true
      }
      if (byte === newline) this.#line++
    }
    if (this.#inItem) this.#builder.add(chunk.subarray(this.#start))
  }

  *end(): Iterable<Piece> {
    const isCut = this.#inItem && (this.#depth > 0 || this.#inString)
    if (this.#inItem) yield this.#builder.take(this.#itemLine)
    // An array that never closes was cut off: an empty record stands for what is missing, and will be rejected.
    if (this.#around !== 'nothing' && !isCut) yield this.#builder.take(this.#line)
  }

  #take(slice: Buffer): Piece {
    this.#builder.add(slice)
    this.#inItem = false
    this.#inString = false
    return this.#builder.take(this.#itemLine)
  }

  #between(byte: number, at: number): void {
    if (byte === comma || isSpace(byte)) return
    if (byte === openArray && this.#around === 'nothing') this.#around = 'array'
    else if (byte === closeArray && this.#around === 'array') this.#around = 'nothing'
    else if (byte === closeArray && this.#around === 'records') this.#begin(at + 1, 1, true)
    else {
      this.#begin(at, 0, false)
      this.#inside(byte)
    }
  }

  #begin(at: number, depth: number, isTail: boolean): void {
    if (isTail) this.#around = 'nothing'
    this.#inItem = true
    this.#isTail = isTail
    this.#depth = depth
    this.#start = at
    this.#itemLine = this.#line
  }

  /** Whether the item ended before this byte, which belongs to what is around it. */
  #endsBefore(byte: number): boolean {
    if (byte === recordSeparator && this.#around === 'nothing') return true
    if (this.#inString || this.#depth > 0) return false
    if (this.#around === 'nothing') return byte === newline
    return byte === comma || byte === closeArray
  }

  /** Follows strings and depth; says whether this byte ends an item that nothing is around. */
  #inside(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === backslash) this.#escaped = true
      else if (byte === quote) this.#inString = false
      return false
    }
    if (byte === quote) this.#inString = true
    else if (byte === openObject || byte === openArray) this.#depth++
    else if ((byte === closeObject || byte === closeArray) && this.#depth > 0) {
      this.#depth--
      return this.#depth === 0 && this.#around === 'nothing'
    }
    return false
  }

  #opensRecords(slice: Buffer): boolean {
    if (this.#depth !== 2 || this.#around !== 'nothing' || this.#inString) return false
    const head = this.#builder.peek(slice, recordsHeadBytesMax + 1)
    if (head.length > recordsHeadBytesMax || !recordsHead.test(head.toString()) || !isListHead(head, this.#formats))
      return false
    this.#head = head
    this.#builder.take(0)
    return true
  }
}

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09 || byte === recordSeparator
