import type { ValueHasher } from '@straylight/models/provenance/value-hasher'
import type { Fault, FormatDraft } from '../record/event-draft.ts'
import type { JsonObject } from '../record/field-reader.ts'

export type Headers = Readonly<Record<string, string>>

/** The type of CloudEvents whose data is the native form. Of any other type they are a courier around a record of some format. */
export const agentActionType = 'agent.action.v1'

/** CloudEvents' binary mode: the attributes of one event stand in the headers, its data is the record. Those of a courier say nothing of it. */
export const isBinaryEvent = ({ ce_specversion, ce_type }: Headers): boolean =>
  ce_type === undefined ? ce_specversion !== undefined : ce_type === agentActionType

/** A kind of record that is known and tells of no agent's action. It is counted by this name, and is no error. */
export interface PassedOver {
  readonly passed_over: string
}

/** What lies inside a value that wraps others: values, or text and bytes that hold JSON once more. */
export type Inside =
  /** `optional`: where nothing known comes of it, nothing was wrapped there, or what stands there itself. */
  | { readonly value: unknown; readonly optional?: boolean | JsonObject }
  /** JSON, JSON lines or a log line. */
  | { readonly text: string; readonly optional?: boolean | JsonObject }
  /** The same as base64, gzip or not. */
  | { readonly base64: string; readonly optional?: boolean | JsonObject }

/** One way of wrapping records in a JSON object. It is asked only for values that are in no format themselves. */
export interface Framing {
  readonly name: string
  /** Field names of which each such object has one at its top. */
  readonly marks: readonly string[]
  /** Whether nothing else in such an object is a record: no other wrapping is looked for in it. */
  readonly whole?: true
  /** What is inside, in order, contents hashed where there is a hasher; `null` where this object is no such wrapping, or an empty one. Never throws. */
  open(value: JsonObject, hasher: ValueHasher | null): readonly Inside[] | PassedOver | Fault | null
}

/**
 * One way of telling what an agent did. A new one is a file, or a folder, with such a value, its line in `all-formats.ts`, and samples
 * with what becomes of them in `samples/NAME/`. All functions are pure and take what anyone may have written: they never throw.
 */
export interface Format {
  /** Name of the file, and of the event's `format`. */
  readonly name: string
  /** What people call it, and who writes it: one line of `docs/inputs.md`. */
  readonly title: string
  /** Field names of which each of its records has one at its top: `detect` is asked only for values that have one. */
  readonly marks: readonly string[]
  /** Whether this value looks like one of its records; fields may still be wrong. */
  detect(value: JsonObject): boolean
  /** Whether it knows the value by a text in one of its fields alone, which somebody else may have written: a mapping that knows the value goes first. */
  yields?(value: JsonObject): boolean
  /** Reads one value as its format says, passes it over by name, or says what is wrong with it. */
  read(value: JsonObject, headers: Headers): FormatDraft | PassedOver | Fault
  /**
   * Its framings leave out what prompts, arguments and results held: a record that they opened is written to the log as they give it out,
   * also where it holds one value.
   */
  readonly leavesOutContents?: boolean
  /** Documents of this format that hold several of its records, and wrappings that only it has. */
  readonly framings?: readonly Framing[]
  /** Bytes that are no JSON as a JSON value, or why they cannot be read; `null` where they are none of this format's. */
  decode?(bytes: Buffer, headers: Headers): { json: unknown } | Fault | null
  /**
   * What of a record is hashed to tell whether it came before, where its routes write it in several ways; the whole record where
   * this is left out. Its texts are the record's own, whole or cut at ASCII.
   */
  contentOf?(value: JsonObject): unknown
}

export const isFault = (result: object): result is Fault => 'code' in result && 'reason' in result
export const isPassedOverRecord = (result: object): result is PassedOver => 'passed_over' in result
