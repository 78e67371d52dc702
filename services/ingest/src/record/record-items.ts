import type { Headers } from '../formats/format.ts'
import { parseRecord } from './parse-record.ts'
import { valuesOf } from './values-of.ts'

/** What becomes one record of the log. */
export interface RecordItem {
  readonly value: Buffer
  readonly headers: Headers
}

/**
 * One record a value where a line holds an array or a document, so that each goes to its own agent's partition.
 * Anything else, and what cannot be read, stays as it is. Values are written out one by one, as they are asked for.
 */
export function* recordItems(item: RecordItem): Generator<RecordItem, void, undefined> {
  const values = valuesInside(item)
  if (values === null) yield item
  else for (const one of values) yield { value: Buffer.from(JSON.stringify(one)), headers: item.headers }
}

function valuesInside({ value, headers }: RecordItem): readonly unknown[] | null {
  if (!mayHoldSeveral(value)) return null
  try {
    const parsed = parseRecord(value, headers)
    if ('fault' in parsed) return null
    const values = valuesOf(parsed.json, headers)
    return values.length === 1 && values[0] === parsed.json ? null : values
  } catch {
    // Not swallowed: the record stays whole, and whoever reads it meets the same fault and tells it.
    return null
  }
}

/** Saves parsing what can hold one value only: no array, and no field `Records`, which may be spelled with escapes. */
function mayHoldSeveral(value: Buffer): boolean {
  let at = value[0] === 0xef && value[1] === 0xbb && value[2] === 0xbf ? 3 : 0
  while (value[at] === 0x20 || value[at] === 0x09 || value[at] === 0x0a || value[at] === 0x0d) at++
  return value[at] === 0x5b || (value[at] === 0x7b && (value.includes('"Records"') || value.includes('\\u00')))
}
