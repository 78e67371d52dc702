import { Cause, Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import { Milliseconds } from './list-part.ts'

/** One event of a session, as it is stored: what was done, never content. Null: not reported, which is not zero. */
export const TraceEvent = z.object({
  event_id: z.string(),
  time: Milliseconds,
  log_time: Milliseconds,
  session: z.string().nullable(),
  tool: z.string().nullable(),
  system: z.string(),
  action: z.string(),
  resource: z.string().nullable(),
  destinations: z.array(z.object({ name: z.string(), internal: z.boolean() })),
  privilege: z.string().nullable(),
  credential_id: z.string().nullable(),
  parent_agent: z.string().nullable(),
  bytes_sent: z.number().nullable(),
  bytes_received: z.number().nullable(),
  records: z.number().nullable(),
  outcome: z.enum(['success', 'failure', 'denied']).nullable(),
  argument_names: z.array(z.string()),
  /** Imported history: learnt as vetted, never scored. */
  history: z.boolean(),
  /** Its finding, where there is one. */
  finding: z
    .object({
      id: z.string(),
      score: z.number(),
      risk: z.number(),
      severity: Severity,
      cause: Cause,
      quarantined: z.boolean(),
    })
    .nullable(),
  /** Earlier events whose output bore what this one put into its arguments; by which argument, where it is known. */
  fed_by: z.array(z.object({ event_id: z.string(), argument: z.string().nullable() })),
})
export type TraceEvent = z.infer<typeof TraceEvent>
