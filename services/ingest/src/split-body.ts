import type { Headers } from './formats/format.ts'
import { inputLayout, layoutBytesMax, withoutByteOrderMark } from './input-layout.ts'
import type { Piece } from './piece-builder.ts'
import { Refused } from './read-body.ts'
import { createDocumentSplitter } from './split-document.ts'
import { createLineSplitter } from './split-lines.ts'

/** A record of a body. `line`: of the text, or the item of the array, from 1. */
export type BodyRecord = Piece

/** Most records of one request. */
const recordsMax = 100_000

const lineTypes = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])
const documentTypes = new Set([
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
])

/** Splits a body into records as its type says; `text/plain` and no type are told by looking. */
export function splitBody(body: Buffer, contentType: string, headers: Headers): BodyRecord[] {
  if (headers.ce_specversion !== undefined || headers.ce_type !== undefined) return [{ value: body, headers, line: 1 }]
  const bytes = withoutByteOrderMark(body)
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  const isDocument = documentTypes.has(type) || (isToldByLooking(type) && looksLikeDocument(bytes))
  const splitter = isDocument ? createDocumentSplitter() : createLineSplitter()
  const records: BodyRecord[] = []
  for (const pieces of [splitter.push(bytes), splitter.end()]) {
    for (const piece of pieces) {
      records.push(isDocument ? { ...piece, line: records.length + 1 } : piece)
      if (records.length > recordsMax)
        throw new Refused(413, 'too_large', `the body holds more than ${recordsMax} records: send it in parts`)
    }
  }
  return records
}

function isToldByLooking(type: string): boolean {
  if (type === '' || type === 'text/plain') return true
  if (lineTypes.has(type)) return false
  const known = [...lineTypes, ...documentTypes, 'text/plain'].join(', ')
  throw new Refused(415, 'unknown_type', `content-type "${type.slice(0, 80)}" is not read: send one of ${known}`)
}

const looksLikeDocument = (bytes: Buffer): boolean =>
  inputLayout(bytes.subarray(0, layoutBytesMax), bytes.length <= layoutBytesMax) === 'document'
