import { createHash } from 'node:crypto'
import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import type { AlertGroup } from './alert-book.ts'
import { graverOf, severityRank } from './severity.ts'

/** Event ids an alert names; the count of findings goes on. */
export const eventIdsMax = 100
/** Bytes of findings kept whole in one alert, so that a revision stays far below the log's record limit (1 MB). */
export const findingsBytesMax = 200_000

/** A new alert for this finding. Its id is a function of the group and of the finding that opened it. */
export function alertOfFinding(finding: Finding, group: AlertGroup): Alert {
  return {
    id: alertId(finding, group),
    revision: 1,
    ...group,
    ...(finding.owner === undefined ? {} : { owner: finding.owner }),
    tier: finding.tier,
    state: 'open',
    severity: finding.severity,
    summary: '',
    opened_at: finding.log_time,
    first_seen: finding.time,
    last_seen: finding.time,
    evidence_at: finding.log_time,
    finding_count: 1,
    findings: [finding],
    event_ids: [finding.event_id],
    response: 'alert',
    command_state: 'none',
    verdicts: [],
    deliveries: [],
  }
}

/** The alert with one more finding. Does not open, close or answer anything. */
export function withFinding(alert: Alert, finding: Finding, findingsMax: number): Alert {
  const fresh = !alert.event_ids.includes(finding.event_id) && alert.event_ids.length < eventIdsMax
  return {
    ...alert,
    ...(finding.owner === undefined ? {} : { owner: finding.owner }),
    tier: finding.tier,
    severity: graverOf(alert.severity, finding.severity),
    first_seen: Math.min(alert.first_seen, finding.time),
    last_seen: Math.max(alert.last_seen, finding.time),
    evidence_at: Math.max(alert.evidence_at, finding.log_time),
    finding_count: alert.finding_count + 1,
    findings: keptFindings(alert, finding, findingsMax),
    event_ids: fresh ? [...alert.event_ids, finding.event_id] : alert.event_ids,
  }
}

/** The first ones, and in the last place the one that raised the severity: an analyst must see why. */
function keptFindings(alert: Alert, finding: Finding, findingsMax: number): Finding[] {
  const raises = severityRank(finding.severity) > severityRank(alert.severity)
  const room = alert.findings.length < findingsMax && bytesOf([...alert.findings, finding]) <= findingsBytesMax
  if (room) return [...alert.findings, finding]
  return raises ? [...alert.findings.slice(0, -1), finding] : alert.findings
}

const bytesOf = (findings: readonly Finding[]): number => Buffer.byteLength(JSON.stringify(findings))

function alertId(finding: Finding, group: AlertGroup): string {
  const { tenant, agent, cause, target } = group
  const identity = JSON.stringify([tenant, agent, cause, target, finding.id])
  return `alr_${createHash('sha256').update(identity).digest('hex').slice(0, 20)}`
}
