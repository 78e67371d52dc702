import { allFormats } from '../formats/all-formats.ts'
import { type Headers, isBinaryEvent } from '../formats/format.ts'
import { isObject, type JsonObject } from './field-reader.ts'

/**
 * The values inside: of an array its items, of a format's document its records, and so on inward, else the value itself. Never
 * none: an empty array or document is a value too, and will be rejected. A value that came out holds no other.
 */
export function valuesOf(json: unknown, headers: Headers): readonly unknown[] {
  // In CloudEvents' binary mode headers name one event: an array would make many of one id.
  if (isBinaryEvent(headers)) return [json]
  const values: unknown[] = []
  expand(json, values)
  return values
}

/** No deeper than a record may nest, which is checked before it is parsed. */
function expand(value: unknown, values: unknown[]): void {
  const inside = Array.isArray(value) ? value : isObject(value) ? recordsOf(value) : []
  if (inside.length === 0) values.push(value)
  else for (const one of inside) expand(one, values)
}

/** Whether a value is a document whose records all stood in its `Records`, which is empty here. */
export const isBareWrapper = (value: unknown): boolean =>
  isObject(value) && Array.isArray(value.Records) && !looksLikeEvent(value) && recordsOf(value).length === 0

const looksLikeEvent = (value: JsonObject): boolean => allFormats.some((format) => format.detect(value, {}))

/** What looks like an event is read as itself: a field beside its own must not put another event in its place. */
function recordsOf(value: JsonObject): readonly unknown[] {
  if (looksLikeEvent(value)) return []
  return allFormats.flatMap((format) => format.recordsOf?.(value) ?? [])
}
