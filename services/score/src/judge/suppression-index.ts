import type { Cause, Finding, Silence } from '@straylight/schemas/finding'
import type { Suppression } from '@straylight/schemas/suppression'

/** The suppressions of one knowledge version, by what they are about. */
export class SuppressionIndex {
  private readonly byTarget = new Map<string, Suppression>()

  constructor(suppressions: readonly Suppression[]) {
    for (const suppression of suppressions) this.byTarget.set(keyOf(suppression), suppression)
  }

  /** The finding, with the word that silences it, where there is one at its log time and it scores no higher than that allows. */
  marked(finding: Finding): Finding {
    const known = this.byTarget.get(keyOf(finding))
    if (known === undefined || finding.score > known.score_max) return finding
    if (finding.log_time < known.from || finding.log_time >= known.until) return finding
    return { ...finding, suppressed: silenceOf(known) }
  }
}

function silenceOf({ issuer, role, reason, verdict_id, until }: Suppression): Silence {
  return { issuer, ...(role === undefined ? {} : { role }), reason, verdict_id, until }
}

const keyOf = (of: { tenant: string; agent: string; cause: Cause; target: string }): string =>
  JSON.stringify([of.tenant, of.agent, of.cause, of.target])
