import type { SessionValues } from '@straylight/models/provenance/session-values'
import { OpenWindows } from '@straylight/models/session/activity-windows'
import { type AgentClock, aheadMaxMs, newAgentClock, sessionsMax } from '@straylight/models/session/agent-clock'
import { DailyAmounts } from '@straylight/models/session/daily-amounts'
import type { OpenSession } from '@straylight/models/session/open-session'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentName } from '@straylight/schemas/partition-key'
import { z } from 'zod'
import { sessionIn } from '../count/session-column.ts'
import { agentLists, amongAgents } from './profile-counts.ts'
import { rememberedValues } from './remembered-values.ts'

const SessionRow = z
  .object({
    tenant: z.string(),
    agent: z.string(),
    clock: z.number(),
    heard: z.number(),
    session_key: z.string(),
    session: z.string(),
    started_at: z.number(),
    events: z.number(),
    after: z.string(),
  })
  .transform(({ after, ...row }) => ({ ...row, ...sessionIn(after) }))
type SessionRow = z.infer<typeof SessionRow>

/**
 * The open sessions of agents as their stored events leave them, least recently used first, and each agent's clock.
 *
 * Each row of `events` says how its session stood after it, so the last row of a session key is the session; the
 * keys used last are the ones still open, as many as a clock holds. Order is that of the log, history (partition -1) first.
 * Only rows before `before` in the partition (-1: within history): what a crash stored beyond it is about to come again. Rows stored twice
 * are equal, so FINAL is not needed; of one that was made again, the newer counts. The clock is the highest event time as far as it is
 * believed (`believedTime`): a late event is below it. Windows and longest silence stand in the agent's last row.
 */
const storedSessions: Query<
  { tenants: readonly string[]; agents: readonly string[]; partition: number; before: number },
  SessionRow
> = {
  name: 'clocks of agents',
  sql: `
SELECT tenant, agent, clock, heard, session_key, s.1 AS session, toUnixTimestamp64Milli(s.2) AS started_at,
  s.3 AS events, s.4 AS after
FROM (
  SELECT *, max(newest) OVER (PARTITION BY tenant, agent) AS clock, max(logged) OVER (PARTITION BY tenant, agent) AS heard
  FROM (
    SELECT tenant, agent, session_key, max((log_partition, log_offset)) AS used,
      max(least(toUnixTimestamp64Milli(time), toUnixTimestamp64Milli(log_time) + ${aheadMaxMs})) AS newest,
      max(toUnixTimestamp64Milli(log_time)) AS logged,
      argMax((session, session_started_at, session_events, session_after), (log_partition, log_offset, key_version)) AS s
    FROM events
    WHERE ${amongAgents}
      AND (log_partition = -1 OR log_partition = {partition:Int32})
      AND (log_partition != {partition:Int32} OR log_offset < {before:Int64})
    GROUP BY tenant, agent, session_key
  )
  ORDER BY tenant, agent, used DESC
  LIMIT ${sessionsMax} BY tenant, agent
)
ORDER BY tenant, agent, used`,
  row: SessionRow,
}

function openSessionOf(row: SessionRow, values: SessionValues | null): OpenSession {
  const { session, started_at, last_time, events, previous_step, previous_step_2, bytes_sent, bytes_received } = row
  const steps = { previous_step, previous_step_2 }
  const reported = { bytes_sent, bytes_received, values, score: null, surprise: null }
  return { session, started_at, last_time, events, ...steps, ...reported }
}

/** Agents whose clocks one partition keeps in memory; some 1 kB each (more where events carry values: `SessionValues`), and one that comes back costs a query. */
const agentsMax = 20_000
/** Agents of one question. */
const askedMax = 2_000

/**
 * The clocks of agents seen of late, by partition of `agent.events.v1`. Nothing is remembered for good: a clock that is not here is rebuilt
 * from the rows stored before the batch, one question a batch for all of its new agents.
 */
export class AgentClocks {
  private readonly store: Store
  private readonly partitions = new Map<number, Map<string, AgentClock>>()

  constructor(store: Store) {
    this.store = store
  }

  /** Loads what is missing of these agents, as of just before offset `before` of the partition. */
  async load(partition: number, agents: Iterable<AgentName>, before: number): Promise<void> {
    const clocks = this.of(partition)
    const missing = new Map<string, AgentName>()
    for (const { tenant, agent } of agents) {
      const key = keyOf({ tenant, agent })
      if (!clocks.has(key)) missing.set(key, { tenant, agent })
    }
    const names = [...missing.values()]
    for (const key of missing.keys()) clocks.set(key, newAgentClock())
    for (let from = 0; from < names.length; from += askedMax) {
      const asked = agentLists(names.slice(from, from + askedMax))
      const rows = await this.store.query(storedSessions, { ...asked, partition, before })
      const values = await rememberedValues(this.store, rows, { partition, before })
      for (const row of rows) {
        const clock = clocks.get(keyOf(row)) as AgentClock
        clock.clock = row.clock
        clock.heard = row.heard
        // The last one stands: rows come in the order in which their sessions were used.
        clock.windows = OpenWindows.fromState(row.windows)
        clock.daily = DailyAmounts.fromState(row.daily)
        clock.longest_gap = row.longest_gap
        clock.sessions.put(row.session_key, openSessionOf(row, values.get(row) ?? null))
      }
    }
  }

  /** The clock of an agent that was loaded, now the most recently used. */
  clockOf(partition: number, name: AgentName): AgentClock {
    const clocks = this.of(partition)
    const key = keyOf(name)
    const clock = clocks.get(key) ?? newAgentClock()
    clocks.delete(key)
    clocks.set(key, clock)
    return clock
  }

  /** Lets go of the least recently used beyond the bound: between batches, so that none is missed within one. */
  trim(): void {
    for (const clocks of this.partitions.values()) {
      for (const key of clocks.keys()) {
        if (clocks.size <= agentsMax) break
        clocks.delete(key)
      }
    }
  }

  forget(partition: number): void {
    this.partitions.delete(partition)
  }

  private of(partition: number): Map<string, AgentClock> {
    const known = this.partitions.get(partition)
    if (known !== undefined) return known
    const clocks = new Map<string, AgentClock>()
    this.partitions.set(partition, clocks)
    return clocks
  }
}

/** Names have no control characters, so none runs into the other. */
const keyOf = ({ tenant, agent }: AgentName): string => `${tenant}\n${agent}`
