import { counted } from '@straylight/schemas/counted'
import { hourMs } from '@straylight/schemas/duration'
import type { Policy } from '@straylight/schemas/policy'
import type { Verdict } from '@straylight/schemas/verdict'

/** A verdict that the log took in time may wait so long for respond; the log's own times are not proof enough. */
const acceptedWithinMs = hourMs

/** So long after it was said a verdict could count at the latest: so long its id is remembered. */
export function verdictLifeMs({ approval }: Policy): number {
  return (approval.verdict_valid_seconds + 2 * approval.clock_tolerance_seconds) * 1000 + acceptedWithinMs
}

/** Why a verdict does not count at this time, in words; null when it does. `logTime`: when the log took it. */
export function outOfLife(verdict: Verdict, policy: Policy, clock: { logTime: number; now: number }): string | null {
  const { verdict_valid_seconds: valid, clock_tolerance_seconds: tolerance } = policy.approval
  const { logTime, now } = clock
  const said = iso(verdict.time)
  if (verdict.time > Math.min(logTime, now) + tolerance * 1000) {
    return `it says that it was given at ${said}, which is still to come: set the clock of the machine that signs`
  }
  const until = verdict.time + (valid + tolerance) * 1000
  if (logTime > until)
    return `it was given at ${said}, and a verdict counts for ${counted(valid, 'second')}: say it again`
  if (now > until + acceptedWithinMs) return `it was given at ${said}, and respond came to it only now: say it again`
  return null
}

const iso = (ms: number): string =>
  Number.isSafeInteger(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(ms)
