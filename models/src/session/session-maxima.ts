import { hashedKeys } from '../event/event-keys.ts'
import type { EventShape } from '../event/event-shape.ts'
import { Comparison } from '../features/comparison.ts'
import { deviationOf } from '../features/deviation.ts'
import { DeviationRows } from '../features/deviation-rows.ts'
import type { SharedCounts } from '../peers/shared-level.ts'
import { dayOf, dayWeight } from '../profile/day-weight.ts'
import type { HashedKey } from '../profile/hashed-key.ts'
import type { Profile } from '../profile/profile.ts'
import type { ProfileKeyHasher } from '../profile/profile-key-hasher.ts'
import { trustOf } from './session-risk.ts'

/** An event of history in its place. */
export interface HistoryEvent {
  readonly shape: EventShape
  readonly time: number
  readonly returned?: readonly string[] | undefined
}

/** A session of history: its events in order, whose profile and levels learnt them all. */
export interface HistorySession {
  readonly agent: string
  readonly events: readonly HistoryEvent[]
}

export interface Levels {
  readonly profile: Profile
  readonly peers: SharedCounts
  readonly tenant: SharedCounts
}

interface Learnt {
  readonly keys: readonly HashedKey[]
  readonly weight: number
  readonly event: HistoryEvent
}

export interface LeftOutOptions {
  readonly hasher: ProfileKeyHasher
  readonly originDay: number
}

/**
 * Leaves one session out: takes it back from all three levels, calls `judge` with the comparison of each of its events,
 * and learns it again. What `judge` sees is what the session would have looked like had it been new; only totals of windows
 * that events of other sessions closed stay known.
 */
export function leaveSessionOut(
  session: HistorySession,
  levels: Levels,
  options: LeftOutOptions,
  judge: (comparison: Comparison, at: number) => void,
): void {
  const { profile, peers, tenant } = levels
  const learnt: Learnt[] = session.events.map((event) => ({
    keys: hashedKeys(options.hasher, event.shape),
    weight: dayWeight(dayOf(event.time), options.originDay),
    event,
  }))
  const shared = peers === tenant ? [tenant] : [peers, tenant]
  for (const { keys, weight } of learnt) {
    profile.unfold(keys, weight)
    for (const level of shared) level.unfold(keys, weight, profile)
  }
  learnt.forEach(({ event, weight }, at) => {
    judge(new Comparison({ shape: event.shape, profile, peers, tenant, scale: 1 / weight, hasher: options.hasher }), at)
  })
  for (const { keys, weight, event } of learnt) {
    for (const level of shared) level.fold(keys, weight, profile)
    profile.fold(keys, weight, event.time)
  }
}

/** A session left out of what its events are compared with: their deviations, and how much of its risk would be believed (`trustOf`). */
export function leftOutSession(
  session: HistorySession,
  levels: Levels,
  options: LeftOutOptions,
): { deviations: Float64Array[]; trust: number } {
  const deviations: Float64Array[] = []
  let trust = 0
  const rows = new DeviationRows()
  leaveSessionOut(session, levels, options, (comparison) => {
    trust = trustOf(comparison.knownEvents)
    deviations.push(deviationOf(comparison, rows.next()))
  })
  return { deviations, trust }
}

/** The deviations of a session's events, the session left out of what they are compared with. */
export const leftOutDeviations = (session: HistorySession, levels: Levels, options: LeftOutOptions): Float64Array[] =>
  leftOutSession(session, levels, options).deviations
