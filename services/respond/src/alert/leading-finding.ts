import type { Finding } from '@straylight/schemas/finding'
import { severityRank } from '../decide/severity.ts'

/** The order in which findings matter: the more severe first, then the higher score. What is alike stays in its order. */
export function byGravity(one: Finding, other: Finding): number {
  return severityRank(other.severity) - severityRank(one.severity) || other.score - one.score
}

/** The finding that an alert is known by. */
export function leadingOf(findings: readonly Finding[]): Finding | undefined {
  return findings.reduce<Finding | undefined>(
    (lead, finding) => (lead === undefined || byGravity(finding, lead) < 0 ? finding : lead),
    undefined,
  )
}
