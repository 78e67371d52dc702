import type { Cause } from '@straylight/schemas/finding'
import { type FeatureName, featureNamed, features } from './feature.ts'

/** Which kind of straying each term of the score speaks for. */
export const causeOf = (feature: string): Cause => featureNamed(feature)?.cause?.name ?? 'behaviour'

/** Totals that one call of an amount never seen fills by itself. */
const filled: ReadonlySet<Cause> = new Set(['window_volume', 'session_volume'])

/**
 * The cause whose terms add most; a tie goes to the term named first. Where a call's own amount is far more than ever, the
 * totals of its session and windows are so because of it, and speak for the same cause; and so does the order of an action
 * that nobody took before.
 */
export function leadingCause(contributions: readonly { feature: string; contribution: number }[]): Cause {
  const sums = new Map<Cause, number>()
  const counts = (name: FeatureName) => contributions.some((term) => term.feature === name && term.contribution > 0)
  const [isLarge, isNewAction] = [counts('amount_excess'), counts('step_new_peers')]
  for (const { feature, contribution } of contributions) {
    const own = causeOf(feature)
    const cause = isLarge && filled.has(own) ? 'volume' : isNewAction && own === 'order' ? 'new_action' : own
    if (cause !== 'behaviour') sums.set(cause, (sums.get(cause) ?? 0) + contribution)
  }
  let best: Cause = 'behaviour'
  let most = 0
  for (const [cause, sum] of sums) {
    if (sum > most) {
      best = cause
      most = sum
    }
  }
  return best
}

/** Of what no feature finds: see `FeatureCause` for the lists. */
const otherTechniques = {
  credential_shared: ['OWASP:ASI03', 'ATLAS:AML.T0012', 'ATLAS:AML.T0098'],
  slow_ramp: ['OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
  silent_source: ['OWASP:ASI08', 'ATLAS:AML.TA0011'],
  silent_agent: ['OWASP:ASI08', 'OWASP:ASI10', 'ATLAS:AML.TA0011'],
  unowned_agent: ['OWASP:ASI03', 'OWASP:ASI10', 'ATLAS:AML.T0103'],
  name_confusable: ['OWASP:ASI03', 'OWASP:ASI10', 'ATLAS:AML.T0074'],
  renamed_agent: ['OWASP:ASI03', 'OWASP:ASI10', 'ATLAS:AML.T0074'],
  changed_repeat: ['OWASP:ASI10'],
  behaviour: ['OWASP:ASI10'],
} as const satisfies Partial<Record<Cause, readonly string[]>>

/** Causes that no feature of an event speaks for: something watches for them beside the score, and grades them by its own rule. */
export const isFoundBesideScore = (cause: Cause): boolean => cause !== 'behaviour' && cause in otherTechniques

const techniques = new Map<Cause, readonly string[]>(Object.entries(otherTechniques) as [Cause, readonly string[]][])
for (const { cause } of features) if (cause !== null) techniques.set(cause.name, cause.techniques)

/** OWASP and MITRE ATLAS techniques, by what was found. */
export const techniquesOf = (cause: Cause): string[] => [...(techniques.get(cause) ?? [])]
