import type { JsonObject } from '../record/field-reader.ts'
import { formatHeader } from '../record/sender.ts'
import { allFormats } from './all-formats.ts'
import { byMarks } from './by-marks.ts'
import { cloudevents } from './cloudevents.ts'
import { type Format, type Headers, isBinaryEvent } from './format.ts'
import { isWholeNative, native } from './native.ts'

const known = byMarks(allFormats)

/** The format of which a value looks like a record, by its content alone. */
export function detectedFormat(value: JsonObject): Format | null {
  // A whole event in the native form stays one, whatever fields of other formats somebody put beside its own.
  if (isWholeNative(value) && !('specversion' in value)) return native
  return known.first(value, (format) => format.detect(value))
}

/** The format that reads a value: the one that its headers name, else the one that it looks like. */
export function formatOf(value: JsonObject, headers: Headers): Format | null {
  const named = headers[formatHeader]
  if (named !== undefined) return allFormats.find((format) => format.name === named) ?? null
  return isBinaryEvent(headers) ? cloudevents : detectedFormat(value)
}
