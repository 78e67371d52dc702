import type { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'

/** New evidence so soon after a close reopens the alert; later it opens another. */
export const reopenWithinMs = 7 * dayMs

/** Whether evidence of this log time still belongs to the alert: open, or closed within the last seven days. */
export function acceptsEvidence(alert: Alert, logTime: number): boolean {
  return alert.state !== 'closed' || logTime - (alert.closed_at ?? alert.evidence_at) <= reopenWithinMs
}
