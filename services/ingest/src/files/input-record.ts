import { StraylightError } from '@straylight/schemas/straylight-error'
import type { Headers } from '../formats/format.ts'

/** One record of a file or of standard input, before the log has it. */
export interface InputRecord {
  readonly value: Buffer
  /** Where it came from (`origin`), and what the log should know of it. */
  readonly headers: Headers
  /** The agent as far as it is known: the log keeps order within a key. */
  readonly key: string
  /** Wrappings that were taken off already, the outermost first. */
  readonly framing?: readonly string[] | undefined
  /** `-` is standard input. */
  readonly file: string
  /** Line on which the record begins, from 1. */
  readonly line: number
  /** Place among all records read, from 0. */
  readonly sequence: number
  /** Event time, milliseconds since 1970 UTC; `null` where it is not known. */
  readonly time_ms: number | null
}

/** A file that cannot be read at all; the command line ends with exit code 2. */
export class InputError extends StraylightError {
  override readonly name = 'InputError'
  override readonly code = 'bad_input'
  override readonly exit_code = 2
  readonly file: string
  readonly line: number | null
  readonly reason: string

  constructor(file: string, line: number | null, reason: string, cause?: unknown) {
    const shown = file === '-' ? 'standard input' : file
    super(`${shown}${line === null ? '' : `, line ${line}`}: ${reason}`, cause === undefined ? {} : { cause })
    this.file = file
    this.line = line
    this.reason = reason
  }
}
