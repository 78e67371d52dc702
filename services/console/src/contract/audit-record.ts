import { z } from 'zod'
import { listPart, Milliseconds } from './list-part.ts'

/** Who saw or did what in the console. */
export const AuditRecord = z.object({
  time: Milliseconds,
  user: z.string(),
  method: z.string(),
  /** Tenant that the user is bound to; null: all. */
  tenant: z.string().nullable(),
  /** Name of the route, such as `alert` or `verdicts`. */
  route: z.string(),
  /** What it was about: an alert, an agent, a command, a search. */
  subject: z.string().nullable(),
  status: z.number().int(),
})
export type AuditRecord = z.infer<typeof AuditRecord>

/** The newest so many that this process holds, newest first. */
export const AuditList = listPart(AuditRecord).extend({ as_of: Milliseconds })
export type AuditList = z.infer<typeof AuditList>
