import { dayOf } from '@straylight/models/profile/day-weight'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { type LearntHistory, learnHistory } from '@straylight/models/training/learn-history'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { SyntheticHistoryOptions } from '@straylight/train/synthetic-history'
import { historyEvents } from './history.ts'

/** Benchmarks hash under one key, so that tables fill alike each time. */
export const profileKey = '000102030405060708090a0b0c0d0e0f'

/** A fleet whose earlier events are learnt, and its later ones, yet to be seen. */
export interface LearntFleet {
  readonly hasher: ProfileKeyHasher
  readonly originDay: number
  /** Peer group by `tenant|agent`. */
  readonly groups: ReadonlyMap<string, string>
  readonly past: readonly AgentEvent[]
  readonly later: readonly AgentEvent[]
  readonly history: LearntHistory
}

/** Makes up a fleet and learns all but its last `laterEvents` events, of those before at most the last `pastMax`. */
export function learntFleet(
  laterEvents: number,
  options: SyntheticHistoryOptions,
  pastMax = Number.POSITIVE_INFINITY,
): LearntFleet {
  const { events, groups } = historyEvents(options)
  if (events.length < laterEvents)
    throw new Error(`${events.length} events were made up, ${laterEvents} are to come later`)
  const hasher = new ProfileKeyHasher(profileKey)
  const firstLater = events.length - laterEvents
  const past = events.slice(Math.max(0, firstLater - pastMax), firstLater)
  const originDay = dayOf(past[0]?.time ?? events[0]?.time ?? 0)
  const history = learnHistory(past, { hasher, originDay, groups })
  return { hasher, originDay, groups, past, later: events.slice(firstLater), history }
}
