import { drawFleet } from '@straylight/demo/fleet/draw-fleet'
import { fleetHistory } from '@straylight/demo/fleet/fleet-history'
import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import { drawScenarios } from '@straylight/demo/fleet/scenarios'
import type { NewRecord } from '@straylight/runtime/log/log'
import type { Registry } from '@straylight/schemas/agent'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'

/** What a made-up fleet leaves in its logs, in order of time. */
export interface FleetRecords {
  readonly registry: Registry
  readonly tenant: string
  /** Weeks or days of ordinary work, until the work below begins. */
  readonly history: readonly FleetEvent[]
  /** A day of ordinary work, in which five agents stray. */
  readonly work: readonly FleetEvent[]
  /** The agents that stray, by scenario. */
  readonly strays: ReadonlyMap<string, string>
}

/**
 * The demo's fleet, its `historyDays` of history and `workDays` of work after it that end at `until`, the strayings near
 * their end. The same arguments, the same records.
 */
export function fleetRecords(of: {
  seed: number
  until: number
  historyDays: number
  workDays?: number
}): FleetRecords {
  const { seed, until, historyDays, workDays = 1 } = of
  const fleet = drawFleet(seed)
  const started = until - workDays * dayMs
  const scenarios = drawScenarios(fleet)
  const strayed = scenarios.flatMap((scenario, at) => scenario.events(until - hourMs + at * 300_000))
  const ordinary = fleetHistory(fleet, { days: workDays, until })
  return {
    registry: fleet.registry,
    tenant: fleet.tenant,
    history: [...fleetHistory(fleet, { days: historyDays, until: started })],
    work: [...ordinary, ...strayed].sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || (a.id < b.id ? -1 : 1)),
    strays: new Map(scenarios.map(({ name, agent }) => [name, agent.agent])),
  }
}

/** Records as a shipper sends them: keyed by agent. */
export function auditRecords(events: readonly FleetEvent[]): NewRecord[] {
  return events.map((event) => ({ topic: topics.audit.name, key: event.agent, value: JSON.stringify(event) }))
}
