import type { Finding } from '@straylight/schemas/finding'
import { isFoundBesideScore } from '../features/cause.ts'
import { severityOf } from './finding-of.ts'

/**
 * The finding with the severity that another budget gives it: `sessionAlertRate` is the share of ordinary sessions that may alert. What was found beside
 * the score has a severity of its own.
 */
export function regradedFinding(finding: Finding, sessionAlertRate: number): Finding {
  if (isFoundBesideScore(finding.cause)) return finding
  const severity = severityOf(finding.p_value, sessionAlertRate)
  return severity === finding.severity ? finding : { ...finding, severity }
}
