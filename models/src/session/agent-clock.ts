import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { type OrderContext, receivedOf, sessionStart, stepOf } from '../event/event-shape.ts'
import { followValues } from '../provenance/follow-values.ts'
import { SessionValues } from '../provenance/session-values.ts'
import { followWindows, OpenWindows } from './activity-windows.ts'
import { DailyAmounts, type DailyStep } from './daily-amounts.ts'
import type { OpenSession } from './open-session.ts'
import { OpenSessions } from './open-sessions.ts'

/** An event so much older than the newest of its agent is late. */
export const lateAfterMs = 5 * minuteMs
/** An agent's clock runs ahead of log time by so much at most: a time beyond is believed only so far. */
export const aheadMaxMs = minuteMs
/** Without a session of its own, an agent's events belong together until a gap of this length. */
export const sessionGapMs = 30 * minuteMs
/** A named session that rests longer starts anew. */
export const sessionPauseMs = dayMs
/** Sessions an agent may have open; the one unused for longest makes room. */
export const sessionsMax = 64

/** Sessions of an agent whose values are remembered: of more than so many the one unused for longest loses them. */
export const rememberingSessionsMax = 8

/** Totals of a session stop here (1 PiB): amounts above are no agent's, and bins are exact below 2^52. */
const totalMax = 2 ** 50

/**
 * An agent's own time: its clock (newest event time believed), its open sessions in order of last use, and its open windows.
 * Followed by `score` for what it scores and by `baseline` for what it stores: the same events in the same
 * order, at the same log times, give both the same order context.
 */
export interface AgentClock {
  clock: number
  /** Newest log time at which it was heard of, whatever time its events said. */
  heard: number
  /** By session key (the event's session, else `~` and the credential), least recently used first. */
  sessions: OpenSessions
  windows: OpenWindows
  /** What it moved by the day. */
  daily: DailyAmounts
  /** Longest time without an event, in ms, fading by half in 30 days: how long this agent may be silent. */
  longest_gap: number
}

const gapHalfLifeMs = 30 * dayMs

/** The longest gap after one more of `gap` ms. */
const longerGap = (longest: number, gap: number): number =>
  Math.max(gap, Math.round(longest * 2 ** (-gap / gapHalfLifeMs)))

export const newAgentClock = (): AgentClock => ({
  clock: 0,
  heard: 0,
  sessions: new OpenSessions(),
  windows: new OpenWindows(),
  daily: new DailyAmounts(),
  longest_gap: 0,
})

export interface Followed {
  /** The clock that was followed, as it stands after the event. */
  readonly clock: AgentClock
  readonly session: OpenSession
  /** The session ended to make room, by gap or by rest. */
  readonly ended: readonly OpenSession[]
  readonly order: OrderContext
  /** Totals of today that it took further. */
  readonly steps: readonly DailyStep[]
}

export const sessionKeyOf = (event: AgentEvent): string => event.session ?? `~${event.credential?.id ?? ''}`

/** A time as far as it is believed: what an event says, but not ahead of the log. */
export const believedTime = (time: number, logTime: number): number => Math.min(time, logTime + aheadMaxMs)

/** An event's place in time: `time` as it is believed, `used` when its session is in use. */
interface Moment {
  readonly time: number
  readonly used: number
}

function openSession(clock: AgentClock, event: AgentEvent, { time, used }: Moment, ended: OpenSession[]): OpenSession {
  const key = sessionKeyOf(event)
  const rest = event.session === undefined ? sessionGapMs : sessionPauseMs
  let session = clock.sessions.take(key)
  if (session && time - session.last_time > rest) {
    ended.push(session)
    session = undefined
  }
  session ??= {
    session: event.session ?? `${key}@${time}`,
    started_at: time,
    last_time: used,
    events: 0,
    previous_step: sessionStart,
    previous_step_2: sessionStart,
    bytes_sent: 0,
    bytes_received: 0,
    values: null,
    score: null,
    surprise: null,
  }
  session.last_time = Math.max(session.last_time, used)
  clock.sessions.put(key, session)
  if (clock.sessions.size > sessionsMax) ended.push(clock.sessions.removeOldest() as OpenSession)
  return session
}

const noValues = {
  flows: null,
  values: [],
  asked: [],
  root: 'ambient',
} as const satisfies Partial<OrderContext>

function valuesFollowed(
  clock: AgentClock,
  session: OpenSession,
  event: AgentEvent,
): Pick<OrderContext, 'flows' | 'values' | 'asked' | 'root'> {
  if (session.values === null) {
    const { argument_values, result_values, request_values, context_values } = event
    if (!argument_values && !result_values && !request_values && !context_values) return noValues
    session.values = new SessionValues()
    if (session.events > 1) session.values.forgetAll()
    clock.sessions.keepValuesOf(rememberingSessionsMax)
  }
  return followValues(session.values, event, session.events)
}

/**
 * Takes one event in log order: tells its place in its session, then moves the clock and the session on. `logTime`: when the
 * log took the event; left out where nothing else than the event's own time is known (history in memory).
 *
 * A late event is added to its session and to its windows as any other, and its values are followed in the order in which
 * they came. Only its step stands nowhere: it has no step before it, and is none before the next one.
 */
export function followSession(clock: AgentClock, event: AgentEvent, logTime = event.time): Followed {
  const ended: OpenSession[] = []
  const time = believedTime(event.time, logTime)
  const late = time < clock.clock - lateAfterMs
  // A session that only late events use is in use all the same: their dates neither end it nor begin it again.
  const session = openSession(clock, event, { time, used: late ? clock.clock : time }, ended)
  session.events++
  session.bytes_sent = Math.min(totalMax, session.bytes_sent + (event.bytes_sent ?? 0))
  const received = receivedOf(event)
  session.bytes_received = Math.min(totalMax, session.bytes_received + (received ?? 0))
  const { flows, values, asked, root } = valuesFollowed(clock, session, event)
  const ageMs = late ? clock.clock - time : 0
  const { closed, passed } = followWindows(clock.windows, event, { received, time, ageMs })
  const steps = clock.daily.take(event, { time, received })
  const order: OrderContext = {
    previous_step: late ? '' : session.previous_step,
    previous_step_2: late ? '' : session.previous_step_2,
    session_bytes_sent: session.bytes_sent,
    session_bytes_received: session.bytes_received,
    flows,
    values,
    asked,
    root,
    late,
    closed,
    passed,
  }
  if (!late) moveOn(clock, session, stepOf(event), { time, logTime })
  clock.heard = Math.max(clock.heard, logTime)
  return { clock, session, ended, order, steps }
}

function moveOn(
  clock: AgentClock,
  session: OpenSession,
  step: string,
  { time, logTime }: { time: number; logTime: number },
): void {
  session.previous_step_2 = session.previous_step
  session.previous_step = step
  // As long as both its events' times and the log say: a date alone makes no gap, nor does a backlog.
  if (clock.clock > 0) {
    const gap = Math.min(time - clock.clock, logTime - clock.heard)
    clock.longest_gap = longerGap(clock.longest_gap, Math.max(0, gap))
  }
  clock.clock = Math.max(clock.clock, time)
}
