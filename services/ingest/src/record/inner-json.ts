import { parsedJson } from '@straylight/schemas/parsed-json'
import { doubledFault, doubledNames } from './doubled-names.ts'
import type { Fault } from './event-draft.ts'
import { jsonSize } from './json-size.ts'

/** A text inside a record in which a name stands twice: two readers may read two values. */
export class DoubledText {
  readonly fault: Fault

  constructor(fault: Fault) {
    this.fault = fault
  }
}

/** The JSON of a text that a field holds; nothing where it is none, and a `DoubledText` where a name is doubled in it. */
export function innerJson(text: string): unknown {
  const json = parsedJson(text)
  if (typeof json !== 'object' || json === null) return json
  const bytes = Buffer.from(text)
  const size = jsonSize(bytes)
  // Too deep, or of too many values: for a record inside a record there is no need of it.
  if ('fault' in size) return undefined
  const fault = doubledFault(json, doubledNames(json, bytes, size.names))
  return fault === null ? json : new DoubledText(fault)
}

/** The same, where what is doubled is as little JSON as what is broken. */
export function singleJson(text: string): unknown {
  const json = innerJson(text)
  return json instanceof DoubledText ? undefined : json
}
