import { cutText } from '@straylight/schemas/cut-text'
import { inputLayout, layoutBytesMax, withoutByteOrderMark } from '../files/input-layout.ts'
import type { Piece } from '../files/piece-builder.ts'
import { createDocumentSplitter } from '../files/split-document.ts'
import { createLineSplitter } from '../files/split-lines.ts'
import type { Formats } from '../formats/create-formats.ts'
import { type Headers, isBinaryEvent } from '../formats/format.ts'
import { recordItems } from '../record/record-items.ts'
import type { SharedTurn } from '../record/shared-turns.ts'
import { RequestRefused } from './request-refused.ts'

/** A record of a body, one value each. `line`: of the text, or the item of the array, from 1. */
export type BodyRecord = Piece

/** Bytes looked through in one step: a millisecond. */
const stepBytes = 64 * 1024

const lineTypes = new Set([
  ...['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'],
  ...['application/jsonlines', 'application/json-lines', 'application/x-json-stream', 'application/stream+json'],
  ...['text/x-ndjson', 'text/ndjson', 'text/jsonl'],
])
/** Types that say nothing of the layout: curl sends the second where nobody says another. */
const guessedTypes = new Set([
  '',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/octet-stream',
  'application/json-seq',
  ...['application/gzip', 'application/x-gzip', 'binary/octet-stream'],
])
const documentTypes = new Set([
  'application/json',
  'text/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
])

/**
 * Splits a body into records as its type says (`text/plain` and no type are recognised by its content), and each line that holds an array or
 * a document into its values. Lets others work between steps. Throws `RequestRefused` 413 once there are more than `recordsMax`, however few
 * bytes they came in, and 415 for another type.
 */
export async function splitBody(
  body: Buffer,
  contentType: string,
  at: { headers: Headers; turn: SharedTurn; recordsMax: number; formats: Formats },
): Promise<BodyRecord[]> {
  const { headers, turn, recordsMax, formats } = at
  if (isBinaryEvent(headers)) return [{ value: body, headers, line: 1 }]
  const isPacked = body[0] === 0x1f && body[1] === 0x8b
  const records: BodyRecord[] = []
  for (const piece of isPacked
    ? [{ value: body, headers, line: 1 }]
    : piecesOf(withoutByteOrderMark(body), contentType, formats)) {
    if (turn.isOver()) await turn.next()
    if (piece === null) continue
    for (const item of recordItems(piece, formats)) {
      if (turn.isOver()) await turn.next()
      if (records.length === recordsMax)
        throw new RequestRefused(
          413,
          'too_many_values',
          `the body holds more than ${recordsMax} records: send it in parts`,
        )
      records.push({ ...item, line: piece.line })
    }
  }
  return records
}

/** The pieces of a body, and `null` after each step that it took to find them. */
function* piecesOf(bytes: Buffer, contentType: string, formats: Formats): Generator<Piece | null, void, undefined> {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  const isDocument = documentTypes.has(type) || isStructuredJson(type) || (isKnown(type) && looksLikeDocument(bytes))
  const splitter = isDocument ? createDocumentSplitter(formats) : createLineSplitter()
  let found = 0
  const numbered = (piece: Piece): Piece => (isDocument ? { ...piece, line: ++found } : piece)
  for (let from = 0; from < bytes.length; from += stepBytes) {
    for (const piece of splitter.push(bytes.subarray(from, from + stepBytes))) yield numbered(piece)
    yield null
  }
  for (const piece of splitter.end()) yield numbered(piece)
}

/** `application/vnd.acme+json` and its like: JSON with a name of its own. */
const isStructuredJson = (type: string): boolean => /^application\/[\w.-]+\+json$/.test(type) && !lineTypes.has(type)

/** Whoever says lines and sends a document over several lines means the document: its beginning tells. */
function isKnown(type: string): boolean {
  if (guessedTypes.has(type) || lineTypes.has(type)) return true
  const known = [...lineTypes, ...documentTypes, 'text/plain'].join(', ')
  throw new RequestRefused(415, 'unknown_type', `content-type "${cutText(type, 80)}" is not read: send one of ${known}`)
}

const looksLikeDocument = (bytes: Buffer): boolean =>
  inputLayout(bytes.subarray(0, layoutBytesMax), bytes.length <= layoutBytesMax) === 'document'
