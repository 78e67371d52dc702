import { createHash } from 'node:crypto'
import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { graverOf } from '../decide/severity.ts'
import type { AlertGroup } from './alert-index.ts'
import { byGravity } from './leading-finding.ts'

/** Event ids an alert names; the count of findings goes on. */
export const eventIdsMax = 100
/** Bytes of findings kept whole in one alert, so that a revision stays far below the log's record limit (1 MB). */
export const findingsBytesMax = 100_000

/** A new alert for this finding. Its id is a function of the group and of the finding that opened it. */
export function alertOfFinding(finding: Finding, group: AlertGroup): Alert {
  return {
    id: alertId(finding, group),
    revision: 1,
    ...group,
    ...(finding.owner === undefined ? {} : { owner: finding.owner }),
    tier: finding.tier,
    ...(finding.renamed_from === undefined ? {} : { renamed_from: finding.renamed_from }),
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
  const findings = keptFindings(alert, finding, findingsMax)
  return {
    ...alert,
    ...(finding.owner === undefined ? {} : { owner: finding.owner }),
    tier: finding.tier,
    ...(finding.renamed_from === undefined ? {} : { renamed_from: finding.renamed_from }),
    severity: graverOf(alert.severity, finding.severity),
    first_seen: Math.min(alert.first_seen, finding.time),
    last_seen: Math.max(alert.last_seen, finding.time),
    evidence_at: Math.max(alert.evidence_at, finding.log_time),
    finding_count: alert.finding_count + 1,
    findings,
    event_ids: namedEvents(alert, finding, findings),
  }
}

/** The gravest, as many as fit, in the order in which they came: however many small ones come, the worst stay. */
function keptFindings({ findings }: Alert, finding: Finding, findingsMax: number): Finding[] {
  // In a flood nearly all are like this, and cost no more than a look.
  const lowest = findings.length >= findingsMax ? leastOf(findings) : undefined
  if (lowest !== undefined && byGravity(lowest, finding) <= 0) return findings
  const all = [...findings, finding]
  const kept = new Set<Finding>()
  let bytes = 0
  for (const one of all.toSorted(byGravity)) {
    const size = bytesOf(one)
    if (kept.size === findingsMax) break
    if (kept.size > 0 && bytes + size > findingsBytesMax) continue
    kept.add(one)
    bytes += size
  }
  return all.filter((one) => kept.has(one))
}

/** The first ones; those of the findings that are kept whole are always among them. */
function namedEvents(alert: Alert, { event_id }: Finding, kept: readonly Finding[]): string[] {
  const { event_ids } = alert
  if (event_ids.includes(event_id)) return event_ids
  if (event_ids.length < eventIdsMax) return [...event_ids, event_id]
  if (kept === alert.findings) return event_ids
  const whole = new Set(kept.map((finding) => finding.event_id))
  const place = event_ids.findLastIndex((id) => !whole.has(id))
  return whole.has(event_id) && place >= 0 ? event_ids.with(place, event_id) : event_ids
}

/** The one that goes next; looked for once, as long as the same ones are kept. */
function leastOf(findings: readonly Finding[]): Finding | undefined {
  const known = least.get(findings)
  if (known !== undefined) return known
  const found = findings.toSorted(byGravity).at(-1)
  if (found !== undefined) least.set(findings, found)
  return found
}
const least = new WeakMap<readonly Finding[], Finding>()

/** Measured once a finding: it stays the same as long as it is held. */
const bytesOf = (finding: Finding): number => {
  const known = measured.get(finding)
  if (known !== undefined) return known
  const bytes = Buffer.byteLength(JSON.stringify(finding))
  measured.set(finding, bytes)
  return bytes
}
const measured = new WeakMap<Finding, number>()

function alertId(finding: Finding, group: AlertGroup): string {
  const { tenant, agent, cause, target } = group
  const identity = JSON.stringify([tenant, agent, cause, target, finding.id])
  return `alr_${createHash('sha256').update(identity).digest('hex').slice(0, 20)}`
}
