import { z } from 'zod'
import { Position } from './position.ts'

/** Why something was set aside: people filter and count by it. */
export const SetAsideCode = z.enum([
  /** The record is not what its topic holds: no JSON, another shape, damaged. */
  'unreadable',
  /** A stage failed on this record alone, as it should not: a bug of Straylight. */
  'stage_fault',
  /** ClickHouse refused the row made of it, and took the others. */
  'refused_by_store',
])
export type SetAsideCode = z.infer<typeof SetAsideCode>

/** So much of a record or a row is kept, in bytes before base64. */
export const setAsideHeadBytesMax = 65_536

/**
 * A record or a row that a stage could not work with (topic `agent.set_aside.v1`, table `set_aside`). The stage went on without it.
 * Read again it is set aside again, as the same: stage, table, place and content name it.
 */
export const SetAside = z.object({
  stage: z.enum(['ingest', 'baseline', 'score', 'respond']),
  code: SetAsideCode,
  /** One sentence: what was expected, or what failed. */
  reason: z.string().max(2000),
  /** Place of the record; of a row, place of the record that it was made of. Partition -1: imported history. */
  place: z.object({
    topic: z.string().max(249),
    partition: z.number().int().min(-1),
    offset: z.number().int().min(-1),
    index: z.number().int().nonnegative(),
  }),
  /** The table that refused the row; empty where no row was made. */
  table: z.string().max(100),
  /** When the log took the record, milliseconds since 1970 UTC; 0 where it is not known. */
  log_time: z.number().int().nonnegative(),
  /** The event that `score` left out, so that nobody learns what score has not. */
  event: z
    .object({ tenant: z.string(), agent: z.string(), id: z.string(), time: z.number().int(), position: Position })
    .optional(),
  length_bytes: z.number().int().nonnegative(),
  sha256: z.string().length(64),
  /** The first 64 KiB of the record, or of the row as JSON, base64. */
  head_base64: z.string().max(Math.ceil(setAsideHeadBytesMax / 3) * 4),
})
export type SetAside = z.infer<typeof SetAside>
