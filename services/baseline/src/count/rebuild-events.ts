import type { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { type AgentClock, followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import { type AgentName, partitionKeyOf } from '@straylight/schemas/partition-key'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { z } from 'zod'
import { agentLists, amongAgents } from '../profiles/profile-counts.ts'
import { keyVersion } from './counted-keys.ts'
import { type EventRow, eventRow } from './event-row.ts'

/** Events are stored whose keys another version of the program made. */
export class EventsOfOtherKeys extends StraylightError {
  override readonly name = 'EventsOfOtherKeys'
  override readonly code = 'events_of_other_keys'
}

const otherKeys: Query<Record<string, never>, { found: number }> = {
  name: 'any events of other keys',
  sql: `SELECT 1 AS found FROM events WHERE key_version != ${keyVersion} LIMIT 1`,
  row: z.object({ found: z.number() }),
}

const countOfOtherKeys: Query<Record<string, never>, { events: number }> = {
  name: 'events of other keys',
  sql: `SELECT count() AS events FROM events FINAL WHERE key_version != ${keyVersion}`,
  row: z.object({ events: z.number() }),
}

/** Events whose keys are to be made again. A row that was made again may stand beside the old one until a merge: first the quick question. */
export async function eventsOfOtherKeys(store: Store): Promise<number> {
  if ((await store.query(otherKeys, {})).length === 0) return 0
  return (await store.query(countOfOtherKeys, {}))[0]?.events ?? 0
}

/** @throws EventsOfOtherKeys where counting would leave events out. */
export async function refuseOtherKeys(store: Store): Promise<void> {
  const events = await eventsOfOtherKeys(store)
  if (events === 0) return
  throw new EventsOfOtherKeys(
    `The store holds ${counted(events, 'event')} that an older program counted in another way. Run \`straylight rebuild\` once: it reads all of them again, loses nothing, and can be stopped and run again.`,
  )
}

/** Agents of one round, and events of one question: some 40 MB. */
const agentsMax = 5_000
const eventsPerPage = 20_000

const agentsDue: Query<Record<string, never>, AgentName & { events: number }> = {
  name: 'agents of other keys',
  sql: `SELECT tenant, agent, count() AS events FROM events FINAL
    GROUP BY tenant, agent HAVING min(key_version) != ${keyVersion} OR max(key_version) != ${keyVersion}
    ORDER BY tenant, agent LIMIT ${agentsMax}`,
  row: z.object({ tenant: z.string(), agent: z.string(), events: z.number() }),
}

const StoredRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  topic: z.string(),
  source_partition: z.number(),
  source_offset: z.number(),
  source_index: z.number(),
  partition: z.number(),
  offset: z.number(),
  logged: z.number(),
  knowledge_version: z.number(),
  vetted: z.number(),
  event: z.string(),
  stored: z.number(),
})
type StoredRow = z.infer<typeof StoredRow>

interface Page extends Record<string, unknown> {
  readonly tenants: readonly string[]
  readonly agents: readonly string[]
  readonly tenant: string
  readonly agent: string
  readonly partition: number
  readonly offset: number
  readonly limit: number
}

const storedRows: Query<Page, StoredRow> = {
  name: 'events to rebuild',
  sql: `SELECT tenant, agent, source_topic AS topic, source_partition, source_offset, source_index, log_partition AS partition,
    log_offset AS offset, toUnixTimestamp64Milli(log_time) AS logged, knowledge_version, vetted, event,
    toUnixTimestamp(stored_at) AS stored
  FROM events FINAL
  WHERE ${amongAgents}
    AND (tenant, agent, log_partition, log_offset) > ({tenant:String}, {agent:String}, {partition:Int32}, {offset:Int64})
  ORDER BY tenant, agent, log_partition, log_offset
  LIMIT {limit:UInt32}`,
  row: StoredRow,
}

export interface RebuildOptions {
  /** Called with the number of events that were read so far. */
  readonly onProgress?: (events: number) => void
  /** Events of one question. */
  readonly eventsMax?: number
}

/**
 * Makes the keys of all stored events again, and their places in their sessions: each agent's events are followed once more in the order of
 * the log, as when they came. Rows replace those that stand, so it can be cut short and run again: agents that are done are passed over.
 * Hours are counted again with the next knowledge version. Nobody else may store events meanwhile. Returns how many events were read.
 */
export async function rebuildEvents(
  store: Store,
  hasher: ProfileKeyHasher,
  { onProgress, eventsMax = eventsPerPage }: RebuildOptions = {},
): Promise<number> {
  let events = 0
  for (;;) {
    const due = await store.query(agentsDue, {})
    if (due.length === 0) return events
    for (const agents of inBatches(due, eventsMax)) {
      for await (const rows of pagesOf(store, hasher, { agents, limit: eventsMax })) {
        await store.insert('events', rows)
        events += rows.length
        onProgress?.(events)
      }
    }
  }
}

/** Agents whose events come with one question; one with more than that alone. */
function inBatches(due: readonly (AgentName & { events: number })[], eventsMax: number): AgentName[][] {
  const batches: AgentName[][] = []
  let room = 0
  for (const agent of due) {
    if (agent.events > room) {
      batches.push([])
      room = eventsMax
    }
    batches.at(-1)?.push(agent)
    room -= agent.events
  }
  return batches
}

async function* pagesOf(
  store: Store,
  hasher: ProfileKeyHasher,
  { agents, limit }: { agents: readonly AgentName[]; limit: number },
): AsyncGenerator<Row[]> {
  const clocks = new Map<string, AgentClock>()
  let last = { tenant: '', agent: '', partition: 0, offset: 0 }
  for (;;) {
    const page = await store.query(storedRows, { ...agentLists(agents), ...last, limit })
    if (page.length > 0) yield page.map((row) => rebuilt(row, clocks, hasher))
    const end = page.at(-1)
    if (end === undefined || page.length < limit) return
    last = { tenant: end.tenant, agent: end.agent, partition: end.partition, offset: end.offset }
  }
}

type Row = EventRow & { readonly stored_at: number }

function rebuilt(row: StoredRow, clocks: Map<string, AgentClock>, hasher: ProfileKeyHasher): Row {
  const key = partitionKeyOf(row.tenant, row.agent)
  const clock = clocks.get(key) ?? newAgentClock()
  clocks.set(key, clock)
  const event = JSON.parse(row.event) as AgentEvent
  const followed = followSession(clock, event, row.logged)
  const place = {
    source: {
      topic: row.topic,
      partition: row.source_partition,
      offset: row.source_offset,
      index: row.source_index,
    },
    log: { partition: row.partition, offset: row.offset },
    log_time: row.logged,
    vetted: row.vetted === 1,
    knowledge_version: row.knowledge_version,
  }
  // As old as it was: being made again keeps no event longer.
  return { ...eventRow({ event, text: row.event, followed }, place, hasher), stored_at: row.stored }
}
