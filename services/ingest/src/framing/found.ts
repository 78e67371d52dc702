import { errorText } from '@straylight/schemas/error-text'
import type { Format, Headers } from '../formats/format.ts'
import type { Fault } from '../record/event-draft.ts'
import type { JsonObject } from '../record/field-reader.ts'

interface FoundIn {
  /** Wrappings around it, the outermost first. */
  readonly framing: readonly string[]
  /** Its own bytes; `null`: it is one of several values of a text, and its JSON without spaces stands for it. */
  readonly source: Buffer | null
  readonly value: unknown
}

/** A value that a format reads. */
export interface FoundValue extends FoundIn {
  readonly kind: 'value'
  readonly value: JsonObject
  readonly format: Format
  /** Whether it is known that it was parsed from a text without a backslash. */
  readonly isUnescaped: boolean
  /** The value's canonical form, where it is known. */
  readonly canonical: string | null
}

/** One thing in a record: a value that a format reads, what cannot be read, or what is passed over by name. */
export type Found =
  | FoundValue
  | (FoundIn & { readonly kind: 'fault'; readonly fault: Fault; readonly cut?: Headers })
  | (FoundIn & { readonly kind: 'passed_over'; readonly name: string })

/**
 * What stands for it: its bytes as they were sent, or its JSON. Never throws, since it is asked where a value has just failed: one that cannot be
 * written out, which no text within the bounds gives, costs its bytes and not the stage.
 */
export function sourceOf({ source, value }: Found): Buffer | string {
  if (source !== null) return source
  try {
    return JSON.stringify(value) ?? ''
  } catch (error) {
    return `a value that cannot be written out: ${errorText(error)}`
  }
}
