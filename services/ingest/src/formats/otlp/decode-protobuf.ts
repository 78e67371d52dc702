import { isUtf8 } from 'node:buffer'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import type { Fault } from '../../record/event-draft.ts'
import type { JsonObject } from '../../record/field-reader.ts'
import type { FieldRead, MessageField, ProtobufMessage } from './protobuf-schema.ts'

/** Deepest messages in one another, as for JSON. */
const depthMax = 64

/** A protobuf message as the JSON that OTLP writes for it, or why it is none. Holds the same bounds as JSON. */
export function decodeProtobuf(
  bytes: Buffer,
  message: ProtobufMessage,
  valuesMax: number,
): { json: JsonObject } | Fault {
  const decoding = new Decoding(bytes, valuesMax)
  try {
    return { json: decoding.message(message, bytes.length, 0) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'ends where more was announced'
    return decoding.fault ?? { code: 'binary_payload', reason: `is no protobuf of OTLP, or was cut off: ${reason}` }
  }
}

const wireTypes: Readonly<Record<string, WireType>> = {
  boolean: WireType.Varint,
  number: WireType.Varint,
  fixed64: WireType.Bit64,
  double: WireType.Bit64,
}
const wireTypeOf = (read: FieldRead): WireType =>
  typeof read === 'string' ? (wireTypes[read] ?? WireType.LengthDelimited) : WireType.LengthDelimited

class Decoding {
  /** Why it was given up, where that is not for its bytes. */
  fault: Fault | null = null
  private readonly bytes: Buffer
  private readonly reader: BinaryReader
  private valuesLeft: number
  private readonly valuesMax: number

  constructor(bytes: Buffer, valuesMax: number) {
    this.bytes = bytes
    this.reader = new BinaryReader(bytes)
    this.valuesLeft = valuesMax
    this.valuesMax = valuesMax
  }

  message(message: ProtobufMessage, end: number, depth: number): JsonObject {
    if (depth > depthMax) this.giveUp({ code: 'too_deep', reason: `nests messages deeper than ${depthMax}` })
    const { reader } = this
    const object: Record<string, unknown> = {}
    while (reader.pos < end) {
      const [number, wireType] = reader.tag()
      const field = message.fields.get(number)
      if (field === undefined) this.skip(wireType, number)
      else this.field(object, field, wireType, depth)
      if (reader.pos > end) throw new RangeError('a field reaches beyond its message')
    }
    return object
  }

  private field(object: Record<string, unknown>, field: MessageField, wireType: WireType, depth: number): void {
    const { name, read, isList } = field
    if (wireType !== wireTypeOf(read)) throw new TypeError(`${name} has wire type ${wireType}`)
    if (--this.valuesLeft < 0)
      this.giveUp({ code: 'too_large', reason: `holds more than ${this.valuesMax} values: send it in several` })
    const value = typeof read === 'string' ? this.scalar(read) : this.inner(read, depth + 1)
    if (isList !== true) object[name] = value
    else if (value !== null) {
      const list = object[name]
      if (Array.isArray(list)) list.push(value)
      else object[name] = [value]
    }
  }

  /** The message behind a length; `null` for an attribute that is not read. */
  private inner(message: ProtobufMessage, depth: number): JsonObject | null {
    const { start, end } = this.span()
    if (message.keeps !== undefined && !message.keeps(this.attributeKey(start, end))) {
      this.reader.pos = end
      return null
    }
    this.reader.pos = start
    return this.message(message, end, depth)
  }

  /** The key of an attribute, looked for before its value is read: prompts are megabytes that nobody asked for. */
  private attributeKey(start: number, end: number): string {
    const { reader } = this
    reader.pos = start
    while (reader.pos < end) {
      const [number, wireType] = reader.tag()
      if (number === 1 && wireType === WireType.LengthDelimited) return this.text()
      this.skip(wireType, number)
    }
    return ''
  }

  private scalar(read: string): unknown {
    const { reader } = this
    if (read === 'text') return this.text()
    if (read === 'number') return Number(reader.int64())
    if (read === 'boolean') return reader.bool()
    if (read === 'double') return reader.double()
    if (read === 'fixed64') return String(reader.fixed64())
    const { start, end } = this.span()
    reader.pos = end
    return this.bytes.toString(read === 'hex' ? 'hex' : 'base64', start, end)
  }

  private text(): string {
    const { start, end } = this.span()
    this.reader.pos = end
    const text = this.bytes.toString('utf8', start, end)
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end)))
      this.giveUp({ code: 'not_utf8', reason: 'holds a text that is not valid UTF-8' })
    return text
  }

  private span(): { start: number; end: number } {
    const length = this.reader.uint32()
    const start = this.reader.pos
    if (start + length > this.bytes.length) throw new RangeError('ends where more was announced')
    return { start, end: start + length }
  }

  private skip(wireType: WireType, number: number): void {
    if (wireType === WireType.LengthDelimited) this.reader.pos = this.span().end
    else this.reader.skip(wireType, number)
  }

  private giveUp(fault: Fault): never {
    this.fault = fault
    throw new RangeError(fault.reason)
  }
}
