import type { EventCircumstances } from '@straylight/models/event/event-circumstances'
import type { AgentClock } from '@straylight/models/session/agent-clock'

/** Columns of `events` for the circumstances of an event and its agent's windows: what counting reads, and what rebuilds the clock. */
export function circumstanceColumns(shape: EventCircumstances, clock: AgentClock) {
  return {
    time_of_week: shape.time_of_week,
    privilege_rank: shape.privilege_rank,
    credential_age_hours: shape.credential_age_hours,
    parent_agent: shape.parent_agent,
    sources: [...shape.sources],
    signal_names: shape.signals.map(({ name }) => name),
    signal_levels: shape.signals.map(({ level }) => level),
    closed_measures: shape.closed.map(({ measure }) => measure),
    closed_totals: shape.closed.map(({ total }) => total),
    passed_measures: shape.passed.map(({ measure }) => measure),
    passed_totals: shape.passed.map(({ total }) => total),
    after_windows: JSON.stringify(clock.windows),
    after_longest_gap: clock.longest_gap,
  }
}
