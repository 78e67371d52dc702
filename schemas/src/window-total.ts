import { z } from 'zod'

/** A total of an agent's window of time: `1h sent` is bytes sent within an hour, `5m destructive` calls that destroy. */
export const WindowTotal = z.object({
  measure: z.string(),
  total: z.number().int().nonnegative(),
})
export type WindowTotal = z.infer<typeof WindowTotal>
