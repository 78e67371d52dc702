import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import { canonicalJson } from '@straylight/schemas/canonical-json'
import { cloudevents } from '../formats/cloudevents.ts'
import { builtInFormats, type Formats } from '../formats/create-formats.ts'
import type { Framing, Headers, Inside } from '../formats/format.ts'
import { isBinaryEvent, isFault, isPassedOverRecord } from '../formats/format.ts'
import { type DoubledNames, doubledFault } from '../record/doubled-names.ts'
import type { Fault } from '../record/event-draft.ts'
import { isObject, type JsonObject, jsonKindOf } from '../record/field-reader.ts'
import { type ParsedJson, parseJson, sizeFault } from '../record/parse-record.ts'
import { tenantHeader } from '../record/sender.ts'
import { framingsOf } from './all-framings.ts'
import { isBase64OfRecords } from './base64.ts'
import { fluentRecords } from './fluent-records.ts'
import type { Found } from './found.ts'
import { plainListNames } from './list-names.ts'
import { behindLogPrefix, behindRuntimePrefix } from './log-prefix.ts'
import { plainRecord } from './plain-record.ts'
import { behindRegistryPrefix } from './registry-prefix.ts'
import { rowOfFields } from './row-of.ts'
import { splitOf, splitOfLine, splitText } from './split-text.ts'
import { trimmed } from './trimmed.ts'
import { unfoldedBytesMax, unzipped } from './unzipped.ts'

/** Most things in one record: each may become a rejection, and a megabyte of `1,1,1,…` must not become a hundred. */
const foundMax = 10_000
/** Most JSON values in all texts of one record together, at every depth: three times what one text may hold. */
const jsonValuesMax = 120_000
/** Most wrappings in one another: gzip in base64 in a Kinesis record in an EventBridge event are four. */
const wrappingsMax = 10

/** Header of a Kafka record whose value is null. */
export const tombstoneHeader = 'tombstone'

/**
 * Everything in a record, in order, its wrappings taken off: every value is found once, and there is always at least one. A fault for the
 * whole record where it holds too much. Never throws for what a sender wrote.
 */
export function openRecord(
  value: Buffer,
  headers: Headers,
  formats: Formats = builtInFormats,
): readonly Found[] | { fault: Fault } {
  const isObjectText = value[0] === 0x7b && value[value.length - 1] === 0x7d && sizeFault(value, headers) === null
  const plain = isObjectText ? plainRecord(value, headers, formats) : null
  if (plain !== null && 'format' in plain) return [plain]
  const opener = new RecordOpener(headers, formats)
  if (plain !== null) opener.openParsed(plain, value, unwrapped)
  else opener.openBytes(value, headers, { framing: unwrapped, parts: true })
  return opener.refusal === null ? opener.found : { fault: { code: 'too_large', reason: opener.refusal } }
}

const unwrapped: readonly string[] = []

/** Where in a record something stands. */
interface At {
  readonly framing: readonly string[]
  /** Whether text may still be taken apart into lines and objects. */
  readonly parts: boolean | 'objects'
}

/** A text that was parsed: what its values share. */
interface Text {
  readonly bytes: Buffer
  readonly root: unknown
  readonly doubled: DoubledNames | null
  readonly framing: readonly string[]
}

class RecordOpener {
  readonly found: Found[] = []
  /** Why the record is refused as a whole; what is found after that counts for nothing. */
  refusal: string | null = null
  private bytesLeft = unfoldedBytesMax
  private valuesLeft = jsonValuesMax
  private readonly headers: Headers
  private readonly formats: Formats
  /** Made for the first content that is found. */
  private readonly hasher: ValueHasher | null

  constructor(headers: Headers, formats: Formats) {
    this.headers = headers
    this.formats = formats
    this.hasher = formats.hasherFor(headers[tenantHeader])
  }

  openBytes(bytes: Buffer, headers: Headers, at: At): void {
    const { framing } = at
    const fault = sizeFault(bytes, headers)
    if (bytes.length === 0 && headers[tombstoneHeader] !== undefined)
      this.add({ kind: 'passed_over', name: 'tombstone', source: bytes, value: null, framing })
    else if (fault !== null) this.fault(fault, bytes, framing)
    else if (bytes[0] === 0x7b) this.openText(bytes, at)
    else this.unfold(bytes, at)
  }

  /** Bytes that may be packed, or stand behind a prefix. */
  private unfold(bytes: Buffer, at: At): void {
    const inside = unzipped(bytes, this.bytesLeft) ?? behindRegistryPrefix(bytes)
    if (inside === null) this.openText(bytes, at)
    else if (isFault(inside)) this.fault(inside, bytes, at.framing)
    else
      this.deeper(at.framing, inside.name, bytes, (framing) => {
        this.bytesLeft -= inside.bytes.length
        this.unfold(inside.bytes, { ...at, framing })
      })
  }

  private openText(given: Buffer, at: At): void {
    if (this.refusal !== null) return
    const bytes = trimmed(given)
    // What was packed may be larger than a record, where its records are not.
    const tooLarge = sizeFault(bytes, {})
    const parsed = tooLarge === null ? parseJson(bytes) : { fault: tooLarge }
    if ('json' in parsed) this.openParsed(parsed, given, at.framing)
    else if (isBinaryEvent(this.headers) || !this.openOtherwise(bytes, given, at, parsed.fault))
      this.fault(parsed.fault, given, at.framing)
  }

  /** What is no single JSON text. */
  private openOtherwise(bytes: Buffer, given: Buffer, at: At, { code }: Fault): boolean {
    const isDeepLine = code === 'too_deep' && !bytes.includes(0x0a)
    if (isDeepLine) return false
    return (
      this.unpackedLine(bytes, at) ||
      this.decoded(given, at) ||
      this.parted(bytes, at) ||
      this.prefixed(bytes, given, at) ||
      this.behindRuntime(bytes, at)
    )
  }

  /** A line of base64, without quotes. */
  private unpackedLine(bytes: Buffer, { framing }: At): boolean {
    const first = bytes[0]
    if (first !== 0x65 && first !== 0x57 && first !== 0x48) return false
    return this.unpacked(bytes.toString('latin1'), { bytes, root: null, doubled: null, framing })
  }

  openParsed({ json, values, doubled }: ParsedJson, bytes: Buffer, framing: readonly string[]): void {
    this.valuesLeft -= values
    if (this.valuesLeft < 0) this.refuse(`holds more than ${jsonValuesMax} JSON values: send it in several records`)
    const text: Text = { bytes, root: json, doubled, framing }
    // In CloudEvents' binary mode headers name one event: an array would make many of one id.
    if (isBinaryEvent(this.headers)) this.leaf(json, text)
    else this.expand(json, text)
  }

  /** Bytes that a format reads which is no JSON. */
  private decoded(bytes: Buffer, { framing }: At): boolean {
    for (const format of this.formats.all) {
      const result = format.decode?.(bytes, this.headers) ?? null
      if (result === null) continue
      if (isFault(result)) this.fault(result, bytes, framing)
      else
        this.expand(result.json, {
          bytes,
          root: result.json,
          doubled: null,
          framing: [...framing, `${format.name} bytes`],
        })
      return true
    }
    return false
  }

  /** Several lines, or several objects on one. */
  private parted(bytes: Buffer, { framing, parts }: At): boolean {
    if (parts === false) return false
    const by = parts === 'objects' ? splitOfLine(bytes) : splitOf(bytes)
    const pieces = by === null ? null : splitText(bytes, by, this.formats)
    if (pieces === null || by === null) return false
    const name = by === 'lines' ? 'lines' : 'joined'
    for (const { value, headers } of pieces) {
      const fault = sizeFault(value, headers)
      // What is left of a piece that was cut says in its headers what it was.
      if (fault !== null) this.add({ kind: 'fault', fault, source: value, value: undefined, framing, cut: headers })
      else this.openText(value, { framing: [...framing, name], parts: by === 'lines' ? 'objects' : false })
    }
    return true
  }

  private prefixed(bytes: Buffer, given: Buffer, { framing }: At): boolean {
    const first = bytes[0]
    const behind = first === 0x7b || first === undefined ? null : behindLogPrefix(bytes, foundMax)
    const last = behind?.pop()
    if (behind === null || last === undefined) return false
    const at = [...framing, 'log prefix']
    // A line may say something of its record in an object before it.
    for (const { parsed, bytes: own } of behind) this.openOptional(() => this.openParsed(parsed, own, at))
    this.openParsed(last.parsed, behind.length === 0 ? given : last.bytes, at)
    return true
  }

  /** What counts only where something known comes of it. */
  private openOptional(open: () => void): boolean {
    const before = this.found.length
    open()
    if (this.found.length !== before + 1 || !isNothing(this.found[before])) return true
    this.found.length = before
    return false
  }

  /** A line of text behind what a container's runtime writes before it. */
  private behindRuntime(bytes: Buffer, { framing }: At): boolean {
    const line = behindRuntimePrefix(bytes)
    return line !== null && this.decoded(line, { framing: [...framing, 'cri'], parts: false })
  }

  private expand(value: unknown, text: Text): void {
    if (this.refusal !== null) return
    if (Array.isArray(value) && value.length > 0) this.expandList(value, text)
    else if (typeof value === 'string' && /^\s*["{[]/.test(value)) this.openInside({ text: value }, 'text', text, value)
    else if (typeof value === 'string' && this.unpacked(value, text)) return
    else if (!isObject(value) || this.formats.detected(value) !== null || !this.unwrap(value, text))
      this.leaf(value, text)
  }

  /** Text that is base64 of records, and nothing else. */
  private unpacked(value: string, text: Text): boolean {
    if (!isBase64OfRecords(value)) return false
    const before = this.found.length
    this.openInside({ base64: value, optional: true }, 'base64', text, value)
    return this.found.length > before
  }

  private expandList(list: readonly unknown[], text: Text): void {
    const fluent = fluentRecords(list)
    if (fluent !== null) {
      for (const record of fluent) this.openInside({ value: record }, 'fluent', text, list)
      return
    }
    const row = rowOfFields(list)
    if (row === null) for (const item of list) this.expand(item, text)
    else if (isFault(row))
      this.add({ kind: 'fault', fault: row as Fault, source: null, value: list, framing: text.framing })
    else this.openInside({ value: row }, 'row of fields', text, list)
  }

  /** What looks like an event is read as itself, and never gets here: a field beside its own must not put another event in its place. */
  private unwrap(value: JsonObject, text: Text): boolean {
    if (text.doubled?.has(value)) return false
    const before = this.found.length
    for (const framing of framingsOf(value)) {
      const inside = framing.open(value, this.hasher)
      if (inside === null) continue
      const at = { framing: [...text.framing, framing.name], source: this.bytesOf(value, text), value }
      const doubled = doubledAround(value, inside, text.doubled)
      if (doubled !== null) {
        this.add({ kind: 'fault', fault: doubled, ...at })
        return true
      }
      if (isPassedOverRecord(inside)) {
        this.add({ kind: 'passed_over', name: inside.passed_over, ...at })
        return true
      }
      const first = this.found.length
      if (isFault(inside)) this.add({ kind: 'fault', fault: inside, ...at })
      else for (const one of inside) this.openInside(one, framing.name, text, value)
      if (first > before) this.leaveOutRepeats(before, first)
      if (framing.whole && this.found.length > before) return true
    }
    return this.found.length > before
  }

  /** Some shippers put a record beside itself, as it was and as they read it: what another field of the wrapping held counts once. */
  private leaveOutRepeats(before: number, first: number): void {
    const known = new Set(this.found.slice(before, first).map(contentOf))
    const added = this.found.splice(first)
    for (const one of added) if (one.kind !== 'value' || !known.has(contentOf(one))) this.found.push(one)
  }

  private openInside(inside: Inside, name: string, text: Text, around: unknown): void {
    const open = () => this.openOne(inside, name, text, around)
    const { optional } = inside
    if (!optional) open()
    else if (!this.openOptional(open) && optional !== true)
      this.expand(optional, { ...text, framing: [...text.framing, name] })
  }

  private openOne(inside: Inside, name: string, text: Text, around: unknown): void {
    this.deeper(text.framing, name, this.bytesOf(around, text), (framing) => {
      if ('value' in inside) {
        this.expand(inside.value, { ...text, framing })
        return
      }
      const bytes = 'text' in inside ? Buffer.from(inside.text) : Buffer.from(inside.base64, 'base64')
      this.bytesLeft -= bytes.length
      if (this.bytesLeft < 0) this.refuse(`unfolds to more than ${unfoldedBytesMax} bytes: send it in several records`)
      if ('base64' in inside) this.openBytes(bytes, {}, { framing, parts: true })
      else this.openText(bytes, { framing, parts: true })
    })
  }

  private deeper(
    framing: readonly string[],
    name: string,
    source: Buffer | null,
    open: (framing: readonly string[]) => void,
  ) {
    if (framing.length < wrappingsMax) return open([...framing, name])
    this.fault(
      { code: 'too_deep', reason: `is wrapped more than ${wrappingsMax} times` },
      source ?? Buffer.from(name),
      framing,
    )
  }

  private leaf(value: unknown, text: Text): void {
    const at = { framing: text.framing, source: this.bytesOf(value, text), value }
    const format = isObject(value) ? this.formats.of(value, this.headers) : null
    const fault = doubledFault(value, text.doubled)
    if (fault !== null) this.add({ kind: 'fault', fault, ...at })
    else if (!isObject(value)) this.add({ kind: 'fault', fault: notObject(value), ...at })
    else if (format === null) this.add({ kind: 'fault', fault: inNoFormat(value, this.formats), ...at })
    else this.add({ kind: 'value', format, ...at, value, isUnescaped: false, canonical: null })
  }

  private bytesOf(value: unknown, text: Text): Buffer | null {
    return value === text.root ? text.bytes : null
  }

  private fault(fault: Fault, source: Buffer, framing: readonly string[]): void {
    this.add({ kind: 'fault', fault, source, value: undefined, framing })
  }

  private refuse(reason: string): void {
    this.refusal ??= reason
  }

  private add(found: Found): void {
    if (this.refusal !== null) return
    if (this.found.length === foundMax)
      this.refuse(`holds more than ${foundMax} values, so many are read from one record: send it in several`)
    this.found.push(found)
  }
}

/**
 * Why a wrapping is refused: a name is doubled beside what it wraps, or in what it was taken apart into. Where the values inside are those
 * that stand in the text, each is refused by itself, and no other.
 */
function doubledAround(value: JsonObject, inside: Opened, doubled: DoubledNames | null): Fault | null {
  if (doubled === null) return null
  const within = new Set<object>()
  if (Array.isArray(inside)) for (const one of inside) addObjects('value' in one ? one.value : null, doubled, within)
  const all = new Set<object>()
  addObjects(value, doubled, all)
  return all.size > within.size ? doubledFault(value, doubled) : null
}

type Opened = NonNullable<ReturnType<Framing['open']>>

/** Adds the objects of a value in which a name is doubled. */
function addObjects(value: unknown, doubled: DoubledNames, found: Set<object>): void {
  if (typeof value !== 'object' || value === null) return
  if (doubled.has(value)) found.add(value)
  for (const inner of Object.values(value)) addObjects(inner, doubled, found)
}

const contentOf = (found: Found): string => (found.kind === 'value' ? canonicalJson(found.value) : '')

/** A fault that says only that there is nothing of ours. */
const isNothing = (found: Found | undefined): boolean =>
  found?.kind === 'fault' && ['not_json', 'not_utf8', 'unknown_format'].includes(found.fault.code)

function notObject(value: unknown): Fault {
  const isEmpty = Array.isArray(value) && value.length === 0
  const reason = isEmpty ? 'is an empty array: it holds no event' : `must be a JSON object, not ${jsonKindOf(value)}`
  return { code: 'unknown_format', reason }
}

function inNoFormat(value: JsonObject, { all }: Formats): Fault {
  const envelope = 'specversion' in value && 'type' in value ? cloudevents.read(value, {}) : null
  if (envelope !== null && isFault(envelope)) return envelope
  const name = plainListNames.find((list) => list in value && !isObject(value[list]) && typeof value[list] !== 'string')
  if (name === undefined)
    return {
      code: 'unknown_format',
      reason: `is in none of the formats ${all.map((format) => format.name).join(', ')}`,
    }
  const list = value[name]
  const wrong = !Array.isArray(list)
    ? `must be an array, not ${jsonKindOf(list)}`
    : `${list.length === 0 ? 'is empty' : 'holds no objects'}: it holds no event`
  return { code: 'unknown_format', reason: `${name}: ${wrong}`, path: name }
}
