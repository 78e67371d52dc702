import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Fleet, FleetAgent } from './fleet.ts'
import type { FleetEvent } from './native-event.ts'
import { type FleetRandom, fleetRandom } from './seeded-random.ts'
import { startSession, workThrough } from './work-session.ts'

/** One task of a colleague of the same role in so many: ordinary, and rare for this agent. */
const colleaguesTaskShare = 0.003

/**
 * Weeks of ordinary work that end at `until` (milliseconds since 1970), in order of time: `days` × some 1,700 events.
 * The same fleet and window give the same events. Lazy: a day at a time is held.
 */
export function fleetHistory(fleet: Fleet, window: { days: number; until: number }): Iterable<FleetEvent> {
  return ordinaryWork(fleet, { from: window.until - window.days * dayMs, until: window.until, seed: 'history' })
}

/** Ordinary work without any incident, in order of time; another `seed`, another such time of the same fleet. */
export function quietTraffic(
  fleet: Fleet,
  window: { from: number; durationMs: number; seed: number },
): Iterable<FleetEvent> {
  const { from, durationMs, seed } = window
  return ordinaryWork(fleet, { from, until: from + durationMs, seed: `quiet ${seed}` })
}

interface Window {
  readonly from: number
  readonly until: number
  readonly seed: string
}

/** Tasks that lie within the window from their first to their last call. */
function* ordinaryWork(fleet: Fleet, window: Window): Iterable<FleetEvent> {
  let waiting: TimedEvent[] = []
  for (let start = Math.floor(window.from / dayMs) * dayMs; start < window.until; start += dayMs) {
    const drawn = fleet.agents.flatMap((agent) => agentDay(fleet, agent, start, window))
    waiting = [...waiting, ...drawn].sort(byTime)
    // A task that runs past midnight ends among the next day's.
    const ready = waiting.findIndex(({ time }) => time >= start + dayMs)
    const released = waiting.splice(0, ready === -1 ? waiting.length : ready)
    for (const { event } of released) yield event
  }
  for (const { event } of waiting) yield event
}

interface TimedEvent {
  readonly time: number
  readonly event: FleetEvent
}

const byTime = (a: TimedEvent, b: TimedEvent) => a.time - b.time || (a.event.id < b.event.id ? -1 : 1)

function agentDay(fleet: Fleet, agent: FleetAgent, startMs: number, window: Window): TimedEvent[] {
  const random = fleetRandom(window.seed, fleet.seed, agent.index, startMs)
  const weekend = [0, 6].includes(new Date(startMs).getUTCDay()) ? agent.weekend : 1
  const sessions = poisson(random, agent.sessions_per_day * weekend)
  return Array.from({ length: sessions }, () => task(fleet, agent, startMs, random))
    .filter((events) => withinWindow(events, window))
    .flat()
}

function withinWindow(events: readonly TimedEvent[], window: Window): boolean {
  const [first, last] = [events[0], events.at(-1)]
  return first !== undefined && last !== undefined && first.time >= window.from && last.time < window.until
}

function task(fleet: Fleet, agent: FleetAgent, startMs: number, random: FleetRandom): TimedEvent[] {
  const hours = agent.hours.map((weight, hourOfDay) => ({ weight, hourOfDay }))
  const { hourOfDay } = random.weighted(hours, ({ weight }) => weight)
  const time = startMs + hourOfDay * hourMs + random.uniform() * hourMs
  const own = !random.chance(colleaguesTaskShare)
  const workflow = random.weighted(own ? agent.workflows : agent.role.workflows, ({ weight }) => weight)
  const events = workThrough(startSession(fleet, agent, random), workflow, time)
  return events.map((event) => ({ time: Date.parse(event.time), event }))
}

/** Knuth's method: enough for means below some 30. */
function poisson(random: FleetRandom, mean: number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++
  return count
}
