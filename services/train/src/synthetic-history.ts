import type { SeededRandom } from '@straylight/models/training/seeded-random'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { type SyntheticAgent, syntheticFleet } from './synthetic-fleet.ts'
import { syntheticSession } from './synthetic-session.ts'

/** One line of the native input form (docs/inputs.md), as a shipper would write it. */
export interface SyntheticEvent {
  readonly id: string
  readonly time: string
  readonly tenant: string
  readonly agent: string
  readonly owner: string
  readonly session: string
  readonly system: string
  readonly action: string
  readonly tool?: string
  readonly privilege?: string
  readonly credential?: { id: string; issued_at: string; expires_at: string; scopes: string[] }
  readonly destinations?: string[]
  readonly argument_names?: string[]
  readonly bytes_sent?: number
  readonly bytes_received?: number
  readonly records?: number
  readonly outcome: 'success' | 'failure' | 'denied'
  readonly source: { host: string }
}

export interface SyntheticHistory {
  /** In order of time. */
  readonly events: readonly SyntheticEvent[]
  /** Who is in the fleet and whom it works like: what a registry would say. */
  readonly agents: readonly { readonly tenant: string; readonly agent: string; readonly role: string }[]
}

export interface SyntheticHistoryOptions {
  /** About how many events; the fleet's size does not depend on it. */
  readonly events?: number
  readonly days?: number
  readonly startMs?: number
  readonly tenants?: number
  /** Agents of a tenant, from and to. */
  readonly agents?: readonly [number, number]
}

/** Mean calls of a session, measured: turns a wish for events into one for sessions. */
const callsMean = 5.5

/**
 * The quiet past of fleets that never were: ordinary work only, nothing hostile. What the default artifact is trained on,
 * so that day 0 has a network and a calibration; a deployment's own history replaces it. The same seed gives the same events.
 * Shares nothing with the simulation's fleet, or the simulation would prove nothing.
 */
export function syntheticHistory(seed: number, options: SyntheticHistoryOptions = {}): SyntheticHistory {
  const { events: wanted = 60_000, days = 28, startMs = Date.UTC(2026, 0, 5), tenants = 10 } = options
  const [agentsMin, agentsMax] = options.agents ?? [10, 40]
  const fleet = syntheticFleet(seed, { tenants, agentsMin, agentsMax })
  const diligence = fleet.reduce((sum, agent) => sum + agent.diligence, 0)
  const events: { time: number; event: SyntheticEvent }[] = []
  for (const agent of fleet) {
    const sessions = Math.max(4, Math.round((wanted / callsMean) * (agent.diligence / diligence)))
    // In order of time, because what an agent visits it may visit again later.
    const starts = Array.from({ length: sessions }, () => startMs + startOf(agent, days)).sort((a, b) => a - b)
    for (const [at, start] of starts.entries()) {
      const session = syntheticSession(agent, `${agent.agent}-${at + 1}`, start)
      events.push(...session.map((event) => ({ time: Date.parse(event.time), event })))
    }
  }
  // The sort is stable: events of one moment stay in the fleet's order.
  events.sort((a, b) => a.time - b.time)
  return {
    events: events.map(({ event }) => event),
    agents: fleet.map(({ tenant, agent, role }) => ({ tenant, agent, role })),
  }
}

/** When a session begins, in milliseconds after the history's start: by the hours its agent keeps. */
function startOf({ rhythm, appears, random }: SyntheticAgent, days: number): number {
  const day = Math.floor((appears + (1 - appears) * random.next()) * days)
  return dayMs * workday(day, rhythm, random) + Math.floor(hourMs * hour(rhythm, random))
}

/** Offices rest on most weekends (the history starts on a Monday). */
function workday(day: number, rhythm: SyntheticAgent['rhythm'], random: SeededRandom): number {
  const rests = rhythm === 'office' && day % 7 > 4 && random.next() < 0.9
  return rests ? day - 2 : day
}

function hour(rhythm: SyntheticAgent['rhythm'], random: SeededRandom): number {
  if (rhythm === 'office') return Math.min(23.9, Math.max(0, 13 + 3 * random.normal()))
  if (rhythm === 'night') return 1.5 + 2 * random.next()
  return 24 * random.next()
}
