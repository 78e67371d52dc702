import type { JsonObject } from '../record/field-reader.ts'
import { formatHeader } from '../record/sender.ts'
import { allFormats } from './all-formats.ts'
import { byMarks } from './by-marks.ts'
import { cloudevents } from './cloudevents.ts'
import { type Format, type Headers, isBinaryEvent } from './format.ts'
import { isWholeNative, native } from './native.ts'

const known = byMarks(allFormats)

/** Formats of the deployment's mapping file, which is read once, before anything else is. */
let mapped: readonly Format[] = []

/** Puts formats behind those that are built in: they are asked for values that are in none of these. */
export function installMappings(formats: readonly Format[]): void {
  mapped = formats
}

/** Names of all formats that there are. */
export const formatNamed = (name: string): Format | null =>
  [...allFormats, ...mapped].find((format) => format.name === name) ?? null

/** The format of which a value looks like a record, by its content alone. */
export function detectedFormat(value: JsonObject): Format | null {
  // A whole event in the native form stays one, whatever fields of other formats somebody put beside its own.
  if (isWholeNative(value) && !('specversion' in value)) return native
  return known.first(value, (format) => format.detect(value)) ?? mapped.find((format) => format.detect(value)) ?? null
}

/** The format that reads a value: the one that its headers name, else the one that it looks like. */
export function formatOf(value: JsonObject, headers: Headers): Format | null {
  const named = headers[formatHeader]
  if (named !== undefined) return formatNamed(named)
  return isBinaryEvent(headers) ? cloudevents : detectedFormat(value)
}
