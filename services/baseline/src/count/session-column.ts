import type { AgentClock, Followed } from '@straylight/models/session/agent-clock'
import type { StoredDailyAmounts } from '@straylight/models/session/daily-amounts'

/**
 * What `session_after` holds, in this order: the session after an event, how its memory of values stands, and its agent's longest silence,
 * windows and days. `calls_from` and `requests_from`: from which ordinals its calls and requests are remembered; `values` 0: it carried none, 1:
 * something is not known, 2: complete. A list without names, since every event has one.
 */
type StoredSession = readonly [
  last_time: number,
  previous_step: string,
  previous_step_2: string,
  bytes_sent: number,
  bytes_received: number,
  calls_from: number,
  requests_from: number,
  values: number,
  longest_gap: number,
  windows: readonly (number | null)[],
  /** Absent in rows of programs that did not know it. */
  daily?: StoredDailyAmounts,
]

/** Column `session_after`: so that the last row of each session rebuilds the agent's clock without reading the others. */
export function sessionText({ session, clock }: Pick<Followed, 'session'> & { readonly clock: AgentClock }): string {
  const { values } = session
  const stored: StoredSession = [
    session.last_time,
    session.previous_step,
    session.previous_step_2,
    session.bytes_sent,
    session.bytes_received,
    values?.callsFrom ?? 0,
    values?.requestsFrom ?? 0,
    values === null ? 0 : values.isComplete ? 2 : 1,
    clock.longest_gap,
    clock.windows.toJSON(),
    clock.daily.toJSON(),
  ]
  return JSON.stringify(stored)
}

export function sessionIn(text: string) {
  const [last_time, previous_step, previous_step_2, ...rest] = JSON.parse(text) as StoredSession
  const [bytes_sent, bytes_received, calls_from, requests_from, values, longest_gap, windows, daily] = rest
  const steps = { last_time, previous_step, previous_step_2, bytes_sent, bytes_received }
  return { ...steps, calls_from, requests_from, values, longest_gap, windows, daily }
}
