import type { Comparison } from './comparison.ts'
import { featureIndex } from './feature.ts'
import { tailExcess } from './tail-excess.ts'

const at = {
  expired: featureIndex('credential_expired'),
  overdue: featureIndex('credential_overdue'),
  excess: featureIndex('credential_age_excess'),
}

/** A twentieth over the lifetime that the registry expects is rounding and clocks, not age. */
const grace = 1.05

/**
 * With how old a credential. credential_expired (0 or 1): used 5 minutes or more after its own expiry; needs
 * credential.expires_at. credential_overdue (0 or 1): older, or made to live longer, than the registry's
 * credential_lifetime_hours; needs credential.issued_at. credential_age_excess (nats): 2 an octave above the oldest that
 * agent or peers have used, from the second on: the habit speaks where the registry does not. CISA and NIST SP 800-204
 * ask for short-lived tokens; who steals one keeps it.
 */
export function credentialDeviation(comparison: Comparison, out: Float64Array): void {
  const { credential_expired, credential_age_hours: age } = comparison.shape
  out[at.expired] = credential_expired ? 1 : 0
  if (age === null) return
  const expected = comparison.registered?.credential_lifetime_hours
  if (expected !== undefined) out[at.overdue] = age > expected * grace ? 1 : 0
  else out[at.excess] = tailExcess(comparison.octaveTail(comparison.contextOf('credentialAge', ''), age))
}
