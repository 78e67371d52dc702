import type { Alert, PostponedDecision } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { smallestRevocation } from '../command/smallest-revocation.ts'
import { severityRank } from '../decide/severity.ts'

/** Findings of an alert that are decided again. */
export const postponedMax = 4
/** Their bytes, beyond the first: a revision of an alert must fit into one record of the log (1 MB). */
export const postponedBytesMax = 60_000

/** The alert with one more finding to decide again. One for the same credential, session or agent gives way, unless it is graver. */
export function withPostponed(alert: Alert, decision: PostponedDecision): Alert {
  const { finding } = decision
  const others = (alert.postponed ?? []).filter(
    ({ finding: other }) =>
      !hitsTheSame(other, finding) || severityRank(other.severity) > severityRank(finding.severity),
  )
  return { ...alert, postponed: bounded([...others, decision]) }
}

/** The alert without these to decide again. */
export function withoutPostponed(alert: Alert, done: (decision: PostponedDecision) => boolean): Alert {
  const { postponed, ...rest } = alert
  const left = (postponed ?? []).filter((decision) => !done(decision))
  return left.length === 0 ? rest : { ...rest, postponed: left }
}

/** Whether the smallest command of both would stop the same thing. */
export function hitsTheSame(one: Finding, other: Finding): boolean {
  const [{ match, subject }, second] = [smallestRevocation(one), smallestRevocation(other)]
  if (match !== second.match) return false
  if (match === 'credential') return subject.credential_id === second.subject.credential_id
  return subject.session_id === second.subject.session_id
}

/** Until when the alert is decided again, in words that go on from what limits it; empty when it is not. */
export function decidedAgainInWords({ postponed }: Pick<Alert, 'postponed'>): string {
  if (postponed === undefined) return ''
  const until = new Date(decidedAgainUntil(postponed)).toISOString()
  return `it is decided again once that is over, until ${until}`
}

/** Until when the last of them is. */
export const decidedAgainUntil = (postponed: readonly PostponedDecision[]): number =>
  Math.max(...postponed.map(({ until }) => until))

/** The gravest that fit, in the order in which they came. */
function bounded(decisions: readonly PostponedDecision[]): PostponedDecision[] {
  const kept = new Set<PostponedDecision>()
  let bytes = 0
  const newestFirst = decisions.toReversed()
  for (const one of newestFirst.sort((a, b) => severityRank(b.finding.severity) - severityRank(a.finding.severity))) {
    const size = Buffer.byteLength(JSON.stringify(one.finding))
    if (kept.size === postponedMax) break
    if (kept.size > 0 && bytes + size > postponedBytesMax) continue
    kept.add(one)
    bytes += size
  }
  return decisions.filter((one) => kept.has(one))
}
