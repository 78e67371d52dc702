import { allFormats } from '../formats/all-formats.ts'
import { byMarks } from '../formats/by-marks.ts'
import type { Formats } from '../formats/create-formats.ts'
import type { Framing } from '../formats/format.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { commonFramings } from './common-framings.ts'

/** Every wrapping, those of single formats first. */
const known = byMarks<Framing>([...allFormats.flatMap((format) => format.framings ?? []), ...commonFramings])

/** The wrappings that an object may be, by its field names. */
export const framingsOf = (value: JsonObject): readonly Framing[] => known.all(value)

/** Field names by which an object may be a wrapping. */
export const framingMarks: readonly string[] = known.marks

/** Whether a value is a document of which nothing is left but its empty list. */
export const isBareWrapper = (value: unknown, formats: Formats): boolean =>
  isObject(value) && formats.detected(value) === null && framingsOf(value).every((framing) => isEmptyIn(framing, value))

function isEmptyIn(framing: Framing, value: JsonObject): boolean {
  const inside = framing.open(value, null)
  return inside === null || (Array.isArray(inside) && inside.length === 0)
}
