import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Likeness } from '@straylight/schemas/renamed-agent'

/** What an agent did in some weeks, or a newcomer since it came. */
export interface AgentHabits {
  /** Event time of its first and last event looked at, milliseconds since 1970 UTC. */
  readonly first_time: number
  readonly last_time: number
  /** Events by step and by hours since 1970 UTC, and sendings by destination. */
  readonly steps: ReadonlyMap<string, number>
  readonly hours: ReadonlyMap<number, number>
  readonly destinations: ReadonlyMap<string, number>
  readonly credentials: ReadonlySet<string>
}

/** Two names of one agent do not work at the same time, but for the changeover. */
export const changeoverMs = hourMs
/** So long after the old name's last word the new one comes at the latest: a week's leave, not another agent of the trade. */
export const pauseMaxMs = 7 * dayMs
/** Of the old name's life, so much must be known. */
export const knownMinMs = 7 * dayMs
/** Events of a newcomer from which on it has habits. */
export const newcomerEventsMin = 30
/** Hours in which the old name would have acted since the new one came; else nobody knows that it is silent. */
const missedHoursMin = 4
const stepsMin = 0.85
const hoursMin = 0.6
/** Where one credential was both's, the work need only be of the same kind. */
const stepsWithCredentialMin = 0.5
/** Sendings of a newcomer from which on their places say something, and the share of them that must be known. */
const sendingsMin = 10
const destinationsMin = 0.3

/**
 * How much a newcomer acts as an agent that has fallen silent did, where it may be the same under a new name: it came when the other had
 * gone, the other would have acted since, and what the two do, when and with whom is alike; or they used the same credential. `until`: event
 * time up to which both were watched, milliseconds. Undefined where it is not the same.
 */
export function renamedFrom(newcomer: AgentHabits, old: AgentHabits, until: number): Likeness | undefined {
  const came = newcomer.first_time
  if (old.last_time > came + changeoverMs || came - old.last_time > pauseMaxMs) return undefined
  if (missedHours(old, Math.max(came, old.last_time), until) < missedHoursMin) return undefined
  const steps = coefficient(newcomer.steps, old.steps)
  const hours = coefficient(ofDay(newcomer.hours), ofDay(old.hours))
  const credential = [...newcomer.credentials].sort().find((id) => old.credentials.has(id))
  const destinations = knownShare(newcomer.destinations, old.destinations)
  const likeness: Likeness = {
    ...{ steps, hours },
    ...(destinations === undefined ? {} : { destinations }),
    ...(credential === undefined ? {} : { credential }),
  }
  if (credential !== undefined && steps >= stepsWithCredentialMin) return likeness
  return steps >= stepsMin && hours >= hoursMin && (destinations ?? 1) >= destinationsMin ? likeness : undefined
}

/** Which of two likenesses is the greater: the same credential first, then what both do. Above 0: the first. */
export const moreAlike = (one: Likeness, other: Likeness): number =>
  Number(one.credential !== undefined) - Number(other.credential !== undefined) ||
  one.steps + one.hours + (one.destinations ?? 0) - (other.steps + other.hours + (other.destinations ?? 0))

/** Hours from `from` to `until` in which the agent acts as a rule: of each hour of the day, on weekdays and at weekends, the share that it was active. */
function missedHours({ first_time, last_time, hours }: AgentHabits, from: number, until: number): number {
  const slots = new Map<number, { hours: number; active: number }>()
  for (let hour = Math.floor(first_time / hourMs); hour <= Math.floor(last_time / hourMs); hour++) {
    const slot = slotOf(hour)
    const known = slots.get(slot) ?? { hours: 0, active: 0 }
    slots.set(slot, { hours: known.hours + 1, active: known.active + (hours.has(hour) ? 1 : 0) })
  }
  let missed = 0
  for (let hour = Math.ceil(from / hourMs); hour < Math.floor(until / hourMs); hour++) {
    const known = slots.get(slotOf(hour))
    if (known !== undefined) missed += known.active / known.hours
  }
  return missed
}

/** Hour of the day, UTC, from 24 on at weekends. Day 0 was a Thursday. */
const slotOf = (hour: number): number => (hour % 24) + ((Math.floor(hour / 24) + 3) % 7 >= 5 ? 24 : 0)

function ofDay(hours: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const day = new Map<number, number>()
  for (const [hour, events] of hours) day.set(hour % 24, (day.get(hour % 24) ?? 0) + events)
  return day
}

/** Bhattacharyya coefficient of two distributions given as counts: 1 where they are the same, 0 where they share nothing. */
function coefficient<Key>(one: ReadonlyMap<Key, number>, other: ReadonlyMap<Key, number>): number {
  const [all, allOther] = [totalOf(one), totalOf(other)]
  if (all === 0 || allOther === 0) return 0
  let sum = 0
  for (const [key, count] of one) sum += Math.sqrt((count / all) * ((other.get(key) ?? 0) / allOther))
  return Math.min(1, sum)
}

/** Share of the newcomer's sendings that went to a place, or at least to a site, which the old name sent to. */
function knownShare(sent: ReadonlyMap<string, number>, known: ReadonlyMap<string, number>): number | undefined {
  const all = totalOf(sent)
  if (all < sendingsMin) return undefined
  const sites = new Set([...known.keys()].map(siteOf))
  let share = 0
  for (const [place, count] of sent) if (known.has(place) || sites.has(siteOf(place))) share += count
  return share / all
}

/** What stands behind an address's @. */
const siteOf = (place: string): string => place.slice(place.lastIndexOf('@') + 1)

const totalOf = (counts: ReadonlyMap<unknown, number>): number => {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}
