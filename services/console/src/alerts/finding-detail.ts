import { featureTitle } from '@straylight/models/features/explain-feature'
import { reasonText } from '@straylight/models/features/explanation'
import type { Contribution, Finding } from '@straylight/schemas/finding'
import type { FindingDetail, Reason, ReasonStrip } from '../contract/finding-detail.ts'
import { sessionsInWords } from '../words/sessions-in-words.ts'

/** Terms of a score with their sentences, the strongest first; all of them, so that they sum to the score. */
export function reasonsOf(
  contributions: readonly Contribution[],
  stripOf: (feature: string, place: number) => ReasonStrip | null = () => null,
): Reason[] {
  return contributions
    .toSorted((one, other) => other.contribution - one.contribution)
    .map(({ feature, value, contribution, expected, seen }, place) => {
      const title = featureTitle(feature)
      const sentence = reasonText(title, { seen, expected })
      return { feature, title, sentence, expected, seen, value, contribution, strip: stripOf(feature, place) }
    })
}

export function findingDetail(
  finding: Finding,
  stripOf?: (feature: string, place: number) => ReasonStrip | null,
): FindingDetail {
  const { id, event_id, session, time, log_time, system, action, score, risk, p_value, severity, cause } = finding
  return {
    ...{ id, event_id, session, time, log_time, system, action, score, risk, p_value, severity, cause },
    resource: finding.resource ?? null,
    destinations: finding.destinations ?? [],
    privilege: finding.privilege ?? null,
    credential_id: finding.credential_id ?? null,
    credential_holder: finding.credential_holder ?? null,
    credential_users: finding.credential_users ?? [],
    rarity: sessionsInWords(p_value),
    target: finding.target,
    quarantined: finding.held_out,
    suppressed: finding.suppressed ?? null,
    relearning: finding.relearning ?? null,
    sentences: finding.reasons,
    reasons: reasonsOf(finding.contributions, stripOf),
    evidence: finding.evidence,
    techniques: finding.techniques,
  }
}
