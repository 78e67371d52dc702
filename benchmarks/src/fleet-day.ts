import { dayMs } from '@straylight/schemas/duration'
import { type SyntheticEvent, type SyntheticHistory, syntheticHistory } from '@straylight/train/synthetic-history'

/** The seed of all benchmarks: the same fleet each time. */
const seed = 20_260_105

/** Work of a fleet of `100 × tenants` agents in `days` days: at least four sessions an agent. `part` keeps ids apart. */
export function fleetDays(
  part: string,
  options: { tenants: number; days: number; startMs: number; events: number },
): SyntheticHistory {
  const { events, agents } = syntheticHistory(seed, { ...options, agents: [50, 50] })
  // The same seed draws the same fleet, and its agents then do the same calls: distinguished by their ids.
  const named = events.map(
    (event): SyntheticEvent => ({ ...event, id: `${part}/${event.id}`, session: `${part}/${event.session}` }),
  )
  return { events: named, agents }
}

/** Midnight (UTC) so many days ago. */
export const daysAgo = (days: number): number => (Math.floor(Date.now() / dayMs) - days) * dayMs
