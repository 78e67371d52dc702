import type { Fleet } from '@straylight/demo/fleet/fleet'
import { quietTraffic } from '@straylight/demo/fleet/fleet-history'
import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import type { Scenario } from '@straylight/demo/fleet/scenarios'

/** A call and when it is sent, in milliseconds of wall clock since the live part began. */
export interface PlannedCall {
  readonly after_ms: number
  readonly event: FleetEvent
  /** Place in `scenarios`; absent: ordinary work. */
  readonly scenario?: number
}

export interface LivePlan {
  /** In order of sending. */
  readonly calls: readonly PlannedCall[]
  /** Event time at which each scenario begins, in the order of `scenarios`. */
  readonly begins: readonly number[]
  readonly ordinary_sessions: number
}

/** Wall clock between two calls of a scenario: slow enough that a revocation can overtake it. */
const strayCallMs = 200

/**
 * Some hours of the fleet's work that end at `until`, played in `playMs` of wall clock: event times are real and
 * close to now, only the sending is faster. Scenarios begin one after the other, evenly spread, and go at a pace that can be watched; an
 * agent in a scenario has no other work from its beginning on.
 */
export function livePlan(
  fleet: Fleet,
  scenarios: readonly Scenario[],
  window: { from: number; until: number; playMs: number; seed: number },
): LivePlan {
  const { from, until, playMs, seed } = window
  const speed = (until - from) / playMs
  // The last one begins at two thirds, so that all of it is sent before the window ends.
  const begins = scenarios.map((_, place) =>
    Math.round(from + ((place + 0.5) / scenarios.length) * 0.7 * (until - from)),
  )
  const straysFrom = new Map<string, number>()
  scenarios.forEach(({ agent, other }, place) => {
    for (const one of other ? [agent, other] : [agent]) straysFrom.set(one.agent, begins[place] ?? 0)
  })
  const ordinary = withoutCutSessions([...quietTraffic(fleet, { from, durationMs: until - from, seed })], straysFrom)
  const calls: PlannedCall[] = ordinary.map((event) => ({ after_ms: (Date.parse(event.time) - from) / speed, event }))
  scenarios.forEach((story, scenario) => {
    const begin = begins[scenario] ?? from
    story.events(begin).forEach((event, place) => {
      calls.push({ after_ms: (begin - from) / speed + place * strayCallMs, event, scenario })
    })
  })
  return {
    calls: calls.sort((one, other) => one.after_ms - other.after_ms),
    begins,
    ordinary_sessions: new Set(ordinary.map(({ agent, session }) => `${agent} ${session}`)).size,
  }
}

/** A session of an agent in a scenario that reaches into it is left out whole: half a task is no ordinary work. */
function withoutCutSessions(events: readonly FleetEvent[], straysFrom: ReadonlyMap<string, number>): FleetEvent[] {
  const cut = new Set<string>()
  for (const { agent, session, time } of events) {
    if (Date.parse(time) >= (straysFrom.get(agent) ?? Number.POSITIVE_INFINITY)) cut.add(session)
  }
  return events.filter(({ session }) => !cut.has(session))
}
