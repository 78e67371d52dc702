import type { Fault, FormatDraft } from '../record/event-draft.ts'
import type { JsonObject } from '../record/field-reader.ts'

export type Headers = Readonly<Record<string, string>>

/** CloudEvents' binary mode: the attributes of one event stand in the headers, its data is the record. */
export const isBinaryEvent = (headers: Headers): boolean =>
  headers.ce_specversion !== undefined || headers.ce_type !== undefined

/**
 * One way of telling what an agent did. A new one is a file with such a value and its line in `all-formats.ts`.
 * Both functions are pure and take what anyone may have written: they never throw.
 */
export interface Format {
  /** Name of the file, and of the event's `format`. */
  readonly name: string
  /** Whether this value looks like one of its records; fields may still be wrong. */
  detect(value: JsonObject, headers: Headers): boolean
  /** Reads one value as its format says, or says what is wrong with it. */
  read(value: JsonObject, headers: Headers): FormatDraft | Fault
  /** The records inside a document of this format; none where the value is no such document. */
  recordsOf?(value: JsonObject): readonly unknown[]
}

export const isFault = (result: FormatDraft | Fault): result is Fault => 'code' in result
