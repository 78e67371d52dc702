import { z } from 'zod'
import { Position } from './position.ts'

/** Closed list of reasons: people filter and count by them. */
export const RejectionCode = z.enum([
  'not_json',
  'not_utf8',
  'too_large',
  'too_deep',
  'unknown_format',
  'invalid_field',
  'time_out_of_range',
  'not_permitted',
  'reader_fault',
  'duplicate_key',
  'binary_payload',
])
export type RejectionCode = z.infer<typeof RejectionCode>

/**
 * A record that could not become an event (topic `agent.audit.rejected.v1`).
 * Nothing is lost: where it stood, what it was (length, hash, first 64 KiB) and why.
 */
export const Rejection = z.object({
  code: RejectionCode,
  /** One sentence for the person who ships the log. */
  reason: z.string().max(2000),
  /** Path of the offending field (`credential.issued_at`), when one field is to blame. */
  path: z.string().max(300).optional(),
  position: Position,
  /** File and line, token or topic the record came by. */
  origin: z.string().max(1000).optional(),
  tenant: z.string().max(512).optional(),
  /** Whose record it was, where it says so and its sender may speak for that agent. */
  agent: z.string().max(512).optional(),
  length_bytes: z.number().int().nonnegative(),
  sha256: z.string().length(64),
  /** The first 64 KiB of the record, base64. */
  head_base64: z.string(),
})
export type Rejection = z.infer<typeof Rejection>
