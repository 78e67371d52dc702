import { dayMs } from '@straylight/schemas/duration'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Ask } from '../questions/ask.ts'
import { agentsMax } from './agents-max.ts'
import {
  agentRisks,
  alertedAgents,
  changedAlertsOfAgents,
  openAlertsOfAgents,
  parts,
  seenAgents,
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
 * How all agents stand, kept in memory (some 300 bytes an agent, at most 120,000) and brought up to date by those of which something was
 * stored since it was last asked. All of it is read anew once a day, as days leave the seven, and agents the store.
 */
export function createAgentStandings(ask: Ask, now: () => number): () => Promise<AgentStandings> {
  let standings = new Map<string, AgentStanding>()
  let [readAll, until] = [0, 0]
  const readAnew = async (began: number): Promise<undefined> => {
    const anew = new Merging(new Map())
    for (let part = 0; part < parts; part++) {
      anew.add(await ask(seenAgents, { since: 0, part }))
      anew.add(await ask(agentRisks, { since: 0, part }))
    }
    anew.add(await ask(openAlertsOfAgents, {}))
    ;[standings, readAll] = [anew.standings, began]
  }
  const readChanged = async (since: number): Promise<ReadonlySet<string>> => {
    const of = { since, part: 0 }
    const known = new Merging(standings)
    known.add(await ask(seenAgents, of))
    known.add(await ask(agentRisks, of))
    const alerted = await ask(alertedAgents, of)
    const open = alerted.length === 0 ? [] : await ask(changedAlertsOfAgents, of)
    // Whose alerts closed has none in the answer.
    known.add(alerted.map((row) => ({ ...row, ...noAlerts })))
    known.add(open)
    return known.changed
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
      if (known !== undefined) Object.assign(known, row)
      else if (this.standings.size < agentsMax) this.standings.set(key, Object.assign(noStandingOf(row), row))
      else continue
      this.changed.add(key)
    }
  }
}
