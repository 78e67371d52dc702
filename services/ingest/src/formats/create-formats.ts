import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import type { JsonObject } from '../record/field-reader.ts'
import { formatHeader } from '../record/sender.ts'
import { allFormats } from './all-formats.ts'
import { byMarks } from './by-marks.ts'
import { cloudevents } from './cloudevents.ts'
import { type Format, type Headers, isBinaryEvent } from './format.ts'
import { isWholeNative, native } from './native.ts'

/** What a deployment reads: the formats that are built in, those of its mapping file, and what it makes of contents. */
export interface Formats {
  /** In the order in which they are asked. */
  readonly all: readonly Format[]
  /** A format by its name. */
  named(name: string): Format | null
  /** The format of which a value looks like a record, by its content alone. */
  detected(value: JsonObject): Format | null
  /** The format that reads a value: the one that its headers name, else the one that it looks like. */
  of(value: JsonObject, headers: Headers): Format | null
  /** Hashes what calls were given and gave back, for a tenant that a sender speaks for; `null`: contents are only measured. */
  hasherFor(tenant: string | undefined): ValueHasher | null
}

const known = byMarks(allFormats)

/** `mapped`: formats of a mapping file, asked for values that are in no format that is built in. */
export function createFormats({
  mapped = [],
  hasherFor = () => null,
}: {
  mapped?: readonly Format[]
  hasherFor?: Formats['hasherFor']
} = {}): Formats {
  const all = [...allFormats, ...mapped]
  const named = (name: string): Format | null => all.find((format) => format.name === name) ?? null
  function detected(value: JsonObject): Format | null {
    // A whole event in the native form stays one, whatever fields of other formats somebody put beside its own.
    if (isWholeNative(value) && !('specversion' in value)) return native
    const builtIn = known.first(value, (format) => format.detect(value))
    if (builtIn !== null && (mapped.length === 0 || builtIn.yields?.(value) !== true)) return builtIn
    return mapped.find((format) => format.detect(value)) ?? builtIn
  }
  return {
    all,
    named,
    detected,
    of(value, headers) {
      const name = headers[formatHeader]
      if (name !== undefined) return named(name)
      return isBinaryEvent(headers) ? cloudevents : detected(value)
    },
    hasherFor,
  }
}

/** The formats that are built in, without a mapping file and without hashes of contents. */
export const builtInFormats: Formats = createFormats()
