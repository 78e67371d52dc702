import { isUtf8 } from 'node:buffer'
import { canonicalFormNoLonger } from '@straylight/schemas/canonical-json'
import { parsedJson } from '@straylight/schemas/parsed-json'
import type { Formats } from '../formats/create-formats.ts'
import { type Headers, isBinaryEvent } from '../formats/format.ts'
import { doubledNames } from '../record/doubled-names.ts'
import { isObject } from '../record/field-reader.ts'
import { depthMax, jsonSize, jsonValuesMax } from '../record/json-size.ts'
import { type ParsedJson, parseJson } from '../record/parse-record.ts'
import { formatHeader } from '../record/sender.ts'
import type { FoundValue } from './found.ts'

/**
 * Reads a record that is one object in a format, as most are: the opener of all records would find the same, more slowly. Where it is none
 * it gives what was parsed of it, and `null` where that is nothing that may be read. `value` begins and ends with a brace.
 */
export function plainRecord(value: Buffer, headers: Headers, formats: Formats): FoundValue | ParsedJson | null {
  // Shorter than this, a text cannot hold too many values, whatever it says.
  if (value.length >= jsonValuesMax) return longRecord(value, headers, formats)
  if (!isUtf8(value)) return null
  const text = value.toString('utf8')
  const json = parsedJson(text)
  if (json === undefined) return null
  const isUnescaped = !value.includes(backslash)
  const format = detectedIn(json, headers, formats)
  let canonical: string | null = null
  if (format !== null && isUnescaped && format.contentOf === undefined) {
    canonical = canonicalFormNoLonger(json, depthMax)
    if (canonical?.length === text.length) return foundPlain(json, { value, format, isUnescaped, canonical })
  }
  const size = jsonSize(value)
  if ('fault' in size) return null
  const doubled = doubledNames(json, value, size.names)
  if (format === null || doubled !== null) return { json, values: size.values, doubled, isUnescaped }
  return foundPlain(json, { value, format, isUnescaped, canonical })
}

const backslash = 0x5c

function longRecord(value: Buffer, headers: Headers, formats: Formats): FoundValue | ParsedJson | null {
  const parsed = parseJson(value)
  if ('fault' in parsed) return null
  const { json, doubled, isUnescaped } = parsed
  const format = doubled === null ? detectedIn(json, headers, formats) : null
  return format === null ? parsed : foundPlain(json, { value, format, isUnescaped, canonical: null })
}

/** The format of a value by its content, where nothing else has a say. */
function detectedIn(json: unknown, headers: Headers, formats: Formats): FoundValue['format'] | null {
  if (!isObject(json) || isBinaryEvent(headers) || headers[formatHeader] !== undefined) return null
  return formats.detected(json)
}

type Plain = Pick<FoundValue, 'format' | 'isUnescaped' | 'canonical'> & { readonly value: Buffer }

function foundPlain(json: unknown, { value, format, isUnescaped, canonical }: Plain): FoundValue {
  return {
    kind: 'value',
    value: json as FoundValue['value'],
    format,
    source: value,
    framing: unwrapped,
    isUnescaped,
    canonical,
  }
}

const unwrapped: readonly string[] = []
