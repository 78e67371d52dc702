import { parsedJson } from '@straylight/schemas/parsed-json'
/** How a file lays out its records: one a line, or items of a JSON document that may span lines. */
export type InputLayout = 'lines' | 'document'

/** Bytes that the layout is known by. */
export const layoutBytesMax = 64 * 1024

/** Tells the layout by the first bytes, or why this is no input at all. `whole`: nothing follows them. */
export function inputLayout(head: Buffer, whole: boolean): InputLayout | { reason: string } {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    return { reason: 'is UTF-16; convert it to UTF-8' }
  const lines = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const [first = '', second = ''] = lines
  if (lines.length === 0) return 'lines'
  if (!lines.some((line) => line.startsWith('{') || line.startsWith('[')))
    return { reason: 'no JSON in its beginning; expected JSON lines, a JSON array or a CloudTrail document' }
  if (/^\{\s*"Records"\s*:/.test(first)) return 'document'
  const firstIsWhole = parsedJson(first) !== undefined
  if (first.startsWith('[')) return firstIsWhole && second !== '' ? 'lines' : 'document'
  if (firstIsWhole || (second === '' && !whole)) return 'lines'
  // Printed over lines: an object that goes on. A record that was cut off is followed by the next one instead.
  return /[{[,:]$/.test(first) && !second.startsWith('{') && second !== '' ? 'document' : 'lines'
}

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
