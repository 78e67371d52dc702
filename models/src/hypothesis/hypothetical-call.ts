import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs } from '@straylight/schemas/duration'
import { timeOfWeek, weekdayParts, weekendParts } from '../event/time-of-week.ts'

/** What nobody has ever used: made up so that it is new to whomever it is tried on. */
export const neverUsed = {
  system: 'a-system-never-used',
  action: 'an_action_never_used',
  taking: 'delete_what_was_never_deleted',
  host: 'https://never-used.example',
  agent: 'an-agent-never-heard-of',
  argument: 'an_argument_never_used',
  address: '203.0.113.77',
  session: 'a session that never was',
} as const

/** The parts of the week (`timeOfWeek`), the first of Monday first. */
export const weekParts: readonly string[] = [...weekdayParts, ...weekendParts]

/**
 * A call that an agent often makes, made once more at this time in a session of its own: what its arguments held is left out, since in another session
 * nothing has fed them.
 */
export function hypotheticalCall(usual: AgentEvent, time: number, changes: Partial<AgentEvent> = {}): AgentEvent {
  const { trace: _trace, result_values: _results, context_values: _context, request_values: _request, ...rest } = usual
  return {
    ...rest,
    ...(usual.argument_values === undefined ? {} : { argument_values: {} }),
    id: `hypothesis-${time}`,
    session: neverUsed.session,
    time,
    ...changes,
  }
}

/** The first hour after `from` in each part of the week. */
export function hoursOfParts(from: number): ReadonlyMap<string, number> {
  const first = Math.ceil(from / hourMs) * hourMs
  const hours = new Map<string, number>()
  for (let hour = 0; hour < 7 * 24; hour += 1) {
    const time = first + hour * hourMs
    if (!hours.has(timeOfWeek(time))) hours.set(timeOfWeek(time), time)
  }
  return hours
}
