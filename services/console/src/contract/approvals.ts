import { z } from 'zod'
import { CommandDetail, Consequence } from './alert-detail.ts'
import { AlertRow } from './alert-row.ts'
import { listPart, Milliseconds } from './list-part.ts'

/** Commands that wait for a person, the nearest deadline first; and those that were decided lately. */
export const Approvals = z.object({
  as_of: Milliseconds,
  waiting: listPart(z.object({ alert: AlertRow, command: CommandDetail, consequences: z.array(Consequence) })),
  decided: listPart(z.object({ alert: AlertRow, command: CommandDetail })),
})
export type Approvals = z.infer<typeof Approvals>
