import { z } from 'zod'
import { Milliseconds } from './list-part.ts'

/** How the deployment itself is. */
export const ConsoleHealth = z.object({
  as_of: Milliseconds,
  name: z.string(),
  version: z.string(),
  started_at: Milliseconds,
  /** Null: this process runs no stage and cannot say. */
  ready: z.boolean().nullable(),
  /** Why not, and what else is worth knowing, in sentences. */
  reasons: z.array(z.string()),
  notes: z.array(z.string()),
  stages: z.array(z.string()),
  /** Records that each stage has yet to read; null: not measured. */
  lag: z.array(z.object({ stage: z.string(), records: z.number().nullable() })),
  knowledge: z
    .object({ version: z.number().int(), made_at: Milliseconds, learnt_until: Milliseconds, model: z.string() })
    .nullable(),
  store: z.object({
    kind: z.enum(['embedded', 'server']),
    newest_event_at: Milliseconds.nullable(),
    events: z.number(),
  }),
  log: z.enum(['embedded', 'kafka']),
  rejections_7_days: z.number().int(),
  set_aside_30_days: z.number().int(),
  questions: z.object({
    /** Questions of the console that wait for the store, and most that may. */
    waiting: z.number().int(),
    waiting_max: z.number().int(),
    /** 95th percentile of the last answers, from request to answer, in milliseconds; null before there are any. */
    answer_ms_p95: z.number().nullable(),
  }),
})
export type ConsoleHealth = z.infer<typeof ConsoleHealth>
