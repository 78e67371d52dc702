import { dayMs } from '@straylight/schemas/duration'
import type { Cause } from '@straylight/schemas/finding'
import type { TenantHistory } from '@straylight/schemas/knowledge'
import { features } from '../features/feature.ts'

/** What is wrong whatever is usual: believed from the first hour on. */
const plainSignals: ReadonlySet<Cause> = new Set<Cause>([
  'outside_boundary',
  'credential_expired',
  'guard_signal',
  'destructive_burst',
])
/** From where on such a feature says something: a switch that is on, a surprise of e³ to 1. */
const leastOf = { switch: 1, surprise: 3, circumstance: Number.POSITIVE_INFINITY } as const
const plainSlots = features.flatMap(({ cause, kind }, slot) =>
  cause !== null && plainSignals.has(cause.name) ? [{ slot, least: leastOf[kind] }] : [],
)

/** A day of a tenant's learning, from 0, of so many. */
export interface LearningDay {
  readonly day: number
  readonly days: number
}

/**
 * How long a tenant has been known at `logTime`, while it is still learning; undefined once it has learnt, or where vetted history was
 * imported. `known` undefined: a tenant that no knowledge version has seen yet. By the log's time: dates that senders write age nobody.
 * `days`: of the policy; three weeks hold each weekday three times, before that most of what happens happens for the first time.
 */
export function learningDay(
  known: TenantHistory | undefined,
  { logTime, days }: { readonly logTime: number; readonly days: number },
): LearningDay | undefined {
  const day = known === undefined ? 0 : Math.max(0, (logTime - known.since) / dayMs)
  return known?.vetted === true || day >= days ? undefined : { day, days }
}

/** How much of what is strange is believed, 0 to 1, on such a day of learning. */
export function learningTrust(learning: LearningDay | undefined, deviation: Float64Array): number {
  if (learning === undefined) return 1
  if (plainSlots.some(({ slot, least }) => (deviation[slot] as number) >= least)) return 1
  return learning.day / learning.days
}
