import type { Logger } from '@straylight/runtime/process/logger'
import type { AuditRecord } from '../contract/audit-record.ts'

/** Records that this process holds for `/api/audit`; the log has them all. */
const heldMax = 1_000

/** Who saw and did what: each a line of the program's own log (`audit: true`), and the newest held to be looked at. */
export function createAuditTrail(logger: Logger) {
  const held: AuditRecord[] = []
  return {
    add(record: AuditRecord): void {
      held.push(record)
      if (held.length > heldMax) held.shift()
      // The line has the time of its own; two fields of one name would make it unreadable to strict readers.
      const { time: _, ...line } = record
      const { user, route, status } = record
      logger.info({ audit: true, ...line }, `console: ${user} ${status < 400 ? 'asked' : 'was refused'} ${route}`)
    },
    newest: (): AuditRecord[] => held.toReversed(),
  }
}
export type AuditTrail = ReturnType<typeof createAuditTrail>
