import { dayMs } from '@straylight/schemas/duration'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Ask } from '../questions/ask.ts'
import { agentsMax } from './agents-max.ts'
import { byTenant, keepShares } from './keep-shares.ts'
import type { RegistryView } from './registry-view.ts'
import {
  agentRisks,
  alertedAgents,
  changedAlertsOfAgents,
  namedAgents,
  namedMax,
  openAlertsOfAgents,
  parts,
  seenAgents,
  seenOfPartMax,
} from './standing-questions.ts'

/** What the store says of an agent: of its events, its sessions and its alerts. */
export interface AgentStanding {
  readonly tenant: string
  readonly agent: string
  readonly events: number
  readonly first_seen: number | null
  readonly last_seen: number | null
  /** Null: within the last seven days no session ended, and none has a finding. */
  readonly risk: number | null
  readonly open_alerts: number
  /** From 1, low, to 4, critical; 0: none is open. */
  readonly worst: number
  /** Event time of an open alert on its silence; 0: there is none. */
  readonly silent_at: number
}

/** Seconds by which a change may be stored later than its row says: clocks are read before a batch is written. */
const overlapSeconds = 60

const noAlerts = { open_alerts: 0, worst: 0, silent_at: 0 }
/** Of an agent of which nothing is stored. */
export const noStandingOf = ({ tenant, agent }: { tenant: string; agent: string }): AgentStanding => ({
  tenant,
  agent,
  events: 0,
  first_seen: null,
  last_seen: null,
  risk: null,
  open_alerts: 0,
  worst: 0,
  silent_at: 0,
})

/** How all agents stand, and of whom something was stored since it was last asked; of all (undefined) where everything was read anew. */
export interface AgentStandings {
  readonly standings: ReadonlyMap<string, AgentStanding>
  readonly changed: ReadonlySet<string> | undefined
}

/**
 * How all agents stand, kept in memory (some 300 bytes an agent) and brought up to date by those of which something was stored since it was
 * last asked. All of it is read anew once a day, as days leave the seven, and agents the store. Registered agents always stand in it; of
 * others at most 120,000, in fair shares of tenants (`keepShares`).
 */
export function createAgentStandings(
  ask: Ask,
  now: () => number,
  registry: RegistryView,
): () => Promise<AgentStandings> {
  let standings = new Map<string, AgentStanding>()
  let [readAll, until] = [0, 0]
  const readAnew = async (began: number): Promise<undefined> => {
    const anew = new Merging(new Map())
    let isCut = false
    for (let part = 0; part < parts; part++) {
      const seen = await ask(seenAgents, { since: 0, part })
      isCut ||= seen.length >= seenOfPartMax
      anew.add(seen)
      anew.add(await ask(agentRisks, { since: 0, part }))
    }
    anew.add(await ask(openAlertsOfAgents, {}))
    if (isCut) for (const of of unseen(registry, anew.standings)) anew.add(await ask(namedAgents, of))
    keepShares(anew.standings, registry)
    ;[standings, readAll] = [anew.standings, began]
  }
  const readChanged = async (since: number): Promise<ReadonlySet<string> | undefined> => {
    const of = { since, part: 0 }
    const known = new Merging(standings)
    const seen = await ask(seenAgents, of)
    // More than are answered: what was left out is read with all the others, at the next question.
    if (seen.length >= agentsMax) readAll = 0
    known.add(seen)
    known.add(await ask(agentRisks, of))
    const alerted = await ask(alertedAgents, of)
    const open = alerted.length === 0 ? [] : await ask(changedAlertsOfAgents, of)
    // Whose alerts closed has none in the answer.
    known.add(alerted.map((row) => ({ ...row, ...noAlerts })))
    known.add(open)
    return keepShares(standings, registry) ? undefined : known.changed
  }
  return async () => {
    const began = now()
    const isOld = began - readAll >= dayMs
    const changed = await (isOld
      ? readAnew(began)
      : readChanged(Math.max(1, Math.floor(until / 1000) - overlapSeconds)))
    until = began
    return { standings, changed }
  }
}

/** Registered agents of which nothing was answered, by tenant, so many at once. */
function unseen(registry: RegistryView, standings: ReadonlyMap<string, AgentStanding>) {
  const missing = registry.agents.filter(({ tenant, agent }) => {
    return (standings.get(partitionKeyOf(tenant, agent))?.last_seen ?? null) === null
  })
  return [...byTenant(missing, ({ tenant }) => tenant)].flatMap(([tenant, all]) =>
    Array.from({ length: Math.ceil(all.length / namedMax) }, (_, at) => ({
      tenant,
      agents: all.slice(at * namedMax, (at + 1) * namedMax).map(({ agent }) => agent),
    })),
  )
}

/** Puts what is read of agents into how they stand. */
class Merging {
  readonly standings: Map<string, AgentStanding>
  readonly changed = new Set<string>()

  constructor(standings: Map<string, AgentStanding>) {
    this.standings = standings
  }

  add(rows: readonly ({ tenant: string; agent: string } & Partial<AgentStanding>)[]): void {
    for (const row of rows) {
      const key = partitionKeyOf(row.tenant, row.agent)
      const known = this.standings.get(key)
      if (known === undefined) this.standings.set(key, Object.assign(noStandingOf(row), row))
      else Object.assign(known, row)
      this.changed.add(key)
    }
  }
}
