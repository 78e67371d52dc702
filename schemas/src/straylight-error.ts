/**
 * Base of every error class of ours, so that whoever catches one asks for its kind, never for its name or its words.
 * Its message says what happened, where, and what to do.
 */
export abstract class StraylightError extends Error {
  /** The kind in a word that stays: ours, or what the system or ClickHouse calls it where they failed (`ENOSPC`, `60`). */
  abstract readonly code: string
  /** What `up`, `replay`, `train` and the demo end with: 2 where the caller must mend what was given (usage, a setting, a file), 1 otherwise. */
  readonly exit_code: 1 | 2 = 1
  /** The same call may succeed later, with nothing mended. */
  readonly retriable: boolean = false
}
