import { builtInFormats, type Formats } from '../formats/create-formats.ts'
import type { Headers } from '../formats/format.ts'
import { framingMarks } from '../framing/all-framings.ts'
import { type Found, sourceOf } from '../framing/found.ts'
import { openRecord } from '../framing/open-record.ts'
import { recordBytesMax, startCut } from './cut-record.ts'

/** What becomes one record of the log. */
export interface RecordItem {
  readonly value: Buffer
  readonly headers: Headers
  /** Wrappings that were taken off, the outermost first. */
  readonly framing?: readonly string[]
}

/**
 * One record a value where a line holds several, so that each goes to its own agent's partition. Anything else, and what cannot be read,
 * stays as it is. Values are written out one by one, as they are asked for.
 */
export function* recordItems(
  item: RecordItem,
  formats: Formats = builtInFormats,
): Generator<RecordItem, void, undefined> {
  const found = mayHoldSeveral(item.value) ? foundInside(item, formats) : null
  if (found === null) yield item
  else
    for (const one of found) {
      const value = Buffer.from(sourceOf(one))
      const cut = one.kind === 'fault' ? one.cut : undefined
      if (value.length <= recordBytesMax) yield { value, headers: { ...item.headers, ...cut }, framing: one.framing }
      else yield cutItem(value, item.headers)
    }
}

/** What is left of a value that the log does not take whole. */
export function cutItem(value: Buffer, headers: Headers): RecordItem {
  const cut = startCut()
  cut.add(value)
  const { value: head, headers: lengths } = cut.end()
  return { value: head, headers: { ...headers, ...lengths } }
}

function foundInside({ value, headers }: RecordItem, formats: Formats) {
  try {
    const found = openRecord(value, headers, formats)
    // A doubled name would be gone from what is written out: such a record stays whole, to be refused.
    if ('fault' in found || found.some(isDoubled)) return null
    return found.length > 1 || found.some(isWithoutContents) ? found : null
  } catch {
    // Not swallowed: the record stays whole, and whoever reads it meets the same fault and tells it.
    return null
  }
}

const isWithoutContents = (found: Found): boolean => found.kind === 'value' && found.format.leavesOutContents === true

const isDoubled = (found: Found): boolean =>
  found.kind === 'fault' && found.fault.code === 'duplicate_key' && found.source === null

/**
 * Saves parsing what can hold one value only: an object with no field that wraps others, which may be spelled with escapes, and no second
 * object behind it. Objects with commas between them look like a list inside one: they stay one record, and all of them are read.
 */
function mayHoldSeveral(value: Buffer): boolean {
  return value[0] !== 0x7b || value[value.length - 1] !== 0x7d || several.test(value.toString('latin1'))
}

/** Names that JSON has no need to escape stand as they are. */
const several = new RegExp(`"(?:${framingMarks.map(escaped).join('|')})"\\s*:\\s*[[{"]|\\\\u00|\\}\\s*[[{]`)

function escaped(name: string): string {
  return name.replace(/[^\w ]/g, (character) => `\\${character}`)
}
