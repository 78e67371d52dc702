import { z } from 'zod'

/**
 * Where a record stands in the log: the one identity that never repeats.
 * `index` counts the events inside one source record (a CloudTrail file has many), from 0.
 */
export const Position = z.object({
  topic: z.string(),
  partition: z.number().int().nonnegative(),
  offset: z.number().int().nonnegative(),
  index: z.number().int().nonnegative(),
})
export type Position = z.infer<typeof Position>
