import { isGuessable } from '@straylight/models/provenance/flow'
import { followValues } from '@straylight/models/provenance/follow-values'
import { SessionValues } from '@straylight/models/provenance/session-values'
import type { AgentEvent } from '@straylight/schemas/agent-event'

/** The output of one call of a session, in an argument of a later one. */
export interface ValueFeed {
  readonly from: string
  readonly to: string
  /** Null: not known any more. */
  readonly argument: string | null
}

/**
 * Which output fed which argument among events of one session, in the order of the log: found by the memory that scoring itself keeps of a
 * session. Dates and small numbers are left out, since anybody can guess them.
 */
export function valueFeeds(events: readonly AgentEvent[]): ValueFeed[] {
  const memory = new SessionValues()
  const feeds = new Map<string, ValueFeed>()
  for (const [at, event] of events.entries()) {
    for (const { kind, event: from, argument } of followValues(memory, event, at + 1).flows ?? []) {
      if (from === undefined || isGuessable(kind)) continue
      feeds.set(JSON.stringify([from, event.id, argument]), { from, to: event.id, argument })
    }
  }
  return [...feeds.values()]
}

/** All feeds on the way to these events, back to where nothing fed: at most so many calls, the nearest first. */
export function feedsInto(
  feeds: readonly ValueFeed[],
  events: readonly string[],
  callsMax: number,
): { feeds: ValueFeed[]; more: boolean } {
  const into = new Map<string, ValueFeed[]>()
  for (const feed of feeds) into.set(feed.to, [...(into.get(feed.to) ?? []), feed])
  const known = new Set(events)
  const found: ValueFeed[] = []
  let more = false
  // What is added on the way is looked at in its turn.
  for (const call of known) {
    for (const feed of into.get(call) ?? []) {
      if (!known.has(feed.from) && known.size >= callsMax) {
        more = true
        continue
      }
      known.add(feed.from)
      found.push(feed)
    }
  }
  return { feeds: found, more }
}
