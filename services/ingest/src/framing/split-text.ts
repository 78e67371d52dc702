import { inputLayout, layoutBytesMax } from '../files/input-layout.ts'
import type { Piece } from '../files/piece-builder.ts'
import { createDocumentSplitter } from '../files/split-document.ts'
import { createLineSplitter } from '../files/split-lines.ts'
import type { Formats } from '../formats/create-formats.ts'

/** How text that is no single JSON value is taken apart: by its lines, or by where its objects end. */
export type TextSplit = 'lines' | 'objects'

/**
 * The records of text that holds several: a line each, or objects one after another, with commas or nothing between them. `null` where
 * there is one only.
 */
export function splitText(text: Buffer, by: TextSplit, formats: Formats): Piece[] | null {
  const splitter = by === 'lines' ? createLineSplitter() : createDocumentSplitter(formats)
  const pieces = [...splitter.push(text), ...splitter.end()]
  const [first] = pieces
  return pieces.length === 0 || (pieces.length === 1 && first?.value.length === text.length) ? null : pieces
}

/** By what text is best taken apart; `null` where it looks like no JSON at all. */
export function splitOf(text: Buffer): TextSplit | null {
  const layout = inputLayout(text.subarray(0, layoutBytesMax), text.length <= layoutBytesMax)
  if (typeof layout === 'object') return null
  if (layout === 'lines') return text.includes(0x0a) ? 'lines' : splitOfLine(text)
  return 'objects'
}

/** A line holds several objects only where it begins with one, or with a list of them: `[INFO]` begins a log line. */
export const splitOfLine = (line: Buffer): TextSplit | null =>
  /^(?:\{|\[\s*(?:[{["\]]|$))/.test(line.toString('latin1', 0, 1_000)) ? 'objects' : null
