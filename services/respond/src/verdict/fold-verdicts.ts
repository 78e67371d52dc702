import type { LogRecord } from '@straylight/runtime/log/log'
import type { Policy } from '@straylight/schemas/policy'
import type { SeenVerdicts } from './seen-verdicts.ts'
import { claimsOf, verifyVerdict } from './verdict-token.ts'

/**
 * Remembers which ids stand in the topic of verdicts, and where first: there the verdict counts, and nowhere else. Read from what issuers
 * have signed, so nothing that somebody wrote about verdicts can use up an id. `now`: milliseconds since 1970 UTC.
 */
export async function foldVerdicts(
  records: AsyncIterable<LogRecord>,
  seen: SeenVerdicts,
  { policy, now }: { policy: Policy; now: number },
): Promise<void> {
  for await (const { value, offset, timestamp } of records) {
    const token = value.toString()
    const claimed = claimsOf(token)
    // A token that is there again costs no look at its signature.
    if ('refused' in claimed || seen.placeOf(claimed.verdict.id) !== undefined) continue
    const checked = await verifyVerdict(token, policy.issuers)
    const signed = 'verdict' in checked ? checked.verdict : checked.signed
    if (signed !== undefined) seen.record(signed.id, { offset, at: Math.min(timestamp, now), issuer: signed.issuer })
  }
}
