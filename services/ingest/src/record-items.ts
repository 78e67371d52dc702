import type { Headers } from './formats/format.ts'
import { parseRecord, valuesOf } from './read-record.ts'

/** What becomes one record of the log. */
export interface RecordItem {
  readonly value: Buffer
  readonly headers: Headers
}

/**
 * One record a value where a line holds an array or a document, so that each goes to its own agent's partition.
 * Anything else, and what cannot be read, stays as it is.
 */
export function recordItems(item: RecordItem): readonly RecordItem[] {
  const { value, headers } = item
  const first = value[0]
  if (first !== 0x5b && !(first === 0x7b && value.indexOf('"Records"') >= 0)) return [item]
  const parsed = parseRecord(value, headers)
  if ('fault' in parsed) return [item]
  const values = valuesOf(parsed.json, headers)
  if (values.length === 1 && values[0] === parsed.json) return [item]
  return values.map((one) => ({ value: Buffer.from(JSON.stringify(one)), headers }))
}
