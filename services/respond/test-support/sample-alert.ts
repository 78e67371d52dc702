import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { alertOfFinding } from '../src/alert/alert-of-finding.ts'
import { alertSummary } from '../src/alert/alert-summary.ts'
import { sampleFindingOf } from './finding-of.ts'

/** An alert of one finding as respond reports it, its sentence made. */
export function sampleAlertOf(given: Partial<Finding> = {}, more: Partial<Alert> = {}): Alert {
  const finding = sampleFindingOf(1, given)
  const { tenant, agent, cause, target } = finding
  const alert = { ...alertOfFinding(finding, { tenant, agent, cause, target }), ...more }
  return { ...alert, summary: alertSummary(alert) }
}
