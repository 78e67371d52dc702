import { parsedJson } from '@straylight/schemas/parsed-json'
import { isBase64OfRecords } from '../framing/base64.ts'
import { listNames } from '../framing/list-names.ts'
import { type FrameLength, frameLengthOf } from './split-frames.ts'
import type { TableSeparator } from './split-table.ts'

/** How a file lays out its records: one a line, items of a JSON document that may span lines, or rows of a table. */
export type TextLayout = 'lines' | 'document' | { readonly table: TableSeparator }
/** Only files have these: entries of journald's export format, or records behind their length. */
export type InputLayout = TextLayout | 'journal' | { readonly frames: FrameLength }

/** Bytes that the layout is known by. */
export const layoutBytesMax = 64 * 1024

/** Tells the layout of a file by its first bytes, or why this is no input at all. `whole`: nothing follows them. */
export function fileLayout(head: Buffer, whole: boolean): InputLayout | { reason: string } {
  if (/^__(?:CURSOR|REALTIME_TIMESTAMP)=/.test(head.toString('latin1', 0, 32))) return 'journal'
  const frames = frameLengthOf(head, whole)
  return frames === null ? inputLayout(head, whole) : { frames }
}

/** Tells the layout of text by its first bytes, or why this is no input at all. `whole`: nothing follows them. */
export function inputLayout(head: Buffer, whole: boolean): TextLayout | { reason: string } {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    return { reason: 'is UTF-16; convert it to UTF-8' }
  const packed = packings.find(([magic]) => head.toString('latin1', 0, magic.length) === magic)
  if (packed !== undefined) return { reason: packed[1] }
  const lines = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const [first = '', second = ''] = lines
  if (lines.length === 0) return 'lines'
  const separator = tableOf(first, second)
  if (separator !== null) return { table: separator }
  // Some gateways write no JSON, but fields with an equals sign.
  if (!lines.some((line) => /[{[]|\b\w[\w.]*=\S/.test(line) || isPacked(line))) return { reason: noJson }
  // RFC 7464: its texts may span lines.
  if (first.startsWith('\u001e') || listHead.test(first)) return 'document'
  const firstIsWhole = parsedJson(first) !== undefined
  if (first.startsWith('[')) return firstIsWhole && second !== '' ? 'lines' : listOrPrefix(first)
  if (firstIsWhole) return 'lines'
  if (second === '') return whole || !first.startsWith('{') || !isFollowedByAnother(first) ? 'lines' : 'document'
  if (whole && first.startsWith('{') && parsedJson(lines.join('\n')) !== undefined) return 'document'
  // Printed over lines: an object that goes on. A record that was cut off is followed by the next one instead, unless it ends where a list begins.
  if (/^\{.*\[$/.test(first)) return 'document'
  return /[{[,:]$/.test(first) && first.startsWith('{') && !second.startsWith('{') ? 'document' : 'lines'
}

/** A line that is base64, with quotes or without. What follows the bytes that are at hand may be cut off. */
const isPacked = (line: string): boolean => isBase64OfRecords(line.replace(/^"|"?,?$/g, ''))

const separators: readonly TableSeparator[] = [',', ';', '\t']
/** A column's name, and nothing that a line of a log or of JSON begins with. */
const column = /^"?[A-Za-z_@$][\w @$.:/()[\]-]{0,200}"?$/

/** What separates the columns of a table, whose first line holds three names or more and whose second line holds as many cells at least. */
function tableOf(first: string, second: string): TableSeparator | null {
  if (second === '') return null
  const isTable = (separator: TableSeparator): boolean => {
    const names = first.split(separator)
    return names.length >= 3 && names.every((name) => column.test(name.trim())) && second.split(separator).length >= 2
  }
  return separators.find(isTable) ?? null
}

const noJson =
  'no JSON in its beginning; expected JSON lines, a JSON array, a document of any format or a table of values (CSV)'

/** How files begin that hold no text, and what to do with them. */
const packings: readonly (readonly [magic: string, reason: string])[] = [
  ['PK\u0003\u0004', 'is a ZIP archive; unpack it first, or pack it with gzip'],
  ['BZh', 'is packed with bzip2; unpack it first, or pack it with gzip'],
  ['\u00fd7zXZ', 'is packed with xz; unpack it first, or pack it with gzip'],
  ['PAR1', 'is Parquet; export its rows as JSON lines'],
  ['Obj\u0001', 'is an Avro container; export its records as JSON lines'],
]

/** A document whose list of records is its first field. */
const listHead = new RegExp(`^\\{\\s*"(?:${listNames.join('|')})"\\s*:\\s*(?:\\[|$)`)

/** A log line may begin with `[INFO]` or `[2026-06-01 08:00:00]`. */
const listOrPrefix = (first: string): 'lines' | 'document' => (/^\[\s*(?:[{["\]]|$)/.test(first) ? 'document' : 'lines')

/** Whether objects stand one after another on a line of any length, as Firehose joins them. */
const isFollowedByAnother = (line: string): boolean => /\}\s*,?\s*\{\s*"/.test(line)

/** Whether the first line holds an object as a whole: no byte after it can make the layout another one. */
export function beginsWithWholeRecord(head: Buffer): boolean {
  const end = head.indexOf(0x0a)
  if (end < 0) return false
  const first = withoutByteOrderMark(head.subarray(0, end)).toString('utf8').trim()
  return first.startsWith('{') && parsedJson(first) !== undefined
}

/** Some editors and exports put one before UTF-8. */
export const withoutByteOrderMark = (head: Buffer): Buffer =>
  head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head
