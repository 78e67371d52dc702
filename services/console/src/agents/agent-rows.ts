import type { Agent } from '@straylight/schemas/agent'
import { dayMs } from '@straylight/schemas/duration'
import { Severity } from '@straylight/schemas/finding'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Policy } from '@straylight/schemas/policy'
import type { AgentRow, AgentState } from '../contract/agent-row.ts'
import { type AgentStanding, type AgentStandings, noStandingOf } from './agent-standings.ts'
import type { RegistryView } from './registry-view.ts'

/** What decides how agents stand, beside what is stored of each. */
interface Circumstances {
  /** Until when agents get no new credential, by `tenant|agent`. */
  readonly holds: ReadonlyMap<string, number>
  /** Tenants whose usual is still learnt. */
  readonly learning: ReadonlySet<string>
}

interface Parts {
  readonly registry: RegistryView
  readonly policy: Pick<Policy, 'history_required'>
  readonly now: () => number
}

/** Rows of all agents, and of each tenant's. */
export interface AgentRows {
  readonly byKey: ReadonlyMap<string, AgentRow>
  readonly all: readonly AgentRow[]
  readonly ofTenants: ReadonlyMap<string, readonly AgentRow[]>
  /** Whether the agent is registered without a boundary: asked of a hundred thousand, the registry would take a tenth of a second. */
  readonly isUnbounded: (row: AgentRow) => boolean
}

/**
 * Rows of all agents that are registered or were seen, made again only for those that changed: a hundred thousand rows a second would keep a
 * processor from detecting.
 */
export function createAgentRows({ registry, policy, now }: Parts) {
  let rows = new Map<string, AgentRow>()
  const unbounded = new WeakSet<AgentRow>()
  const isUnbounded = (row: AgentRow): boolean => unbounded.has(row)
  let listed: AgentRows = { ...listedOf(rows), isUnbounded }
  let [held, learning]: [ReadonlySet<string>, string] = [new Set(), '']

  return ({ standings, changed }: AgentStandings, circumstances: Circumstances): AgentRows => {
    const at = { policy, ...circumstances, now: now() }
    const heldNow = new Set([...at.holds].flatMap(([key, until]) => (until > at.now ? [key] : [])))
    const learningNow = JSON.stringify([...at.learning].sort())
    const anew = changed === undefined || learningNow !== learning || listed.all.length === 0
    if (anew) rows = new Map()
    const keys = anew ? everyKey(standings, registry) : new Set([...changed, ...differing(held, heldNow)])
    for (const key of keys) {
      const standing = standings.get(key)
      const entry = registry.byKey(key)
      const named = standing ?? (entry && noStandingOf(entry))
      if (named === undefined || (entry === undefined && named.last_seen === null)) continue
      const row = rowOf(named, entry, at)
      if (entry !== undefined && entry.boundary === undefined) unbounded.add(row)
      rows.set(key, row)
    }
    ;[held, learning] = [heldNow, learningNow]
    if (keys.size > 0) listed = { ...listedOf(rows), isUnbounded }
    return listed
  }
}

const everyKey = (standings: ReadonlyMap<string, AgentStanding>, registry: RegistryView): Set<string> =>
  new Set([...standings.keys(), ...registry.agents.map(({ tenant, agent }) => partitionKeyOf(tenant, agent))])

function* differing(one: ReadonlySet<string>, other: ReadonlySet<string>): Iterable<string> {
  for (const key of one) if (!other.has(key)) yield key
  for (const key of other) if (!one.has(key)) yield key
}

function listedOf(rows: ReadonlyMap<string, AgentRow>): Omit<AgentRows, 'isUnbounded'> {
  const all = [...rows.values()]
  const ofTenants = new Map<string, AgentRow[]>()
  for (const row of all) {
    const known = ofTenants.get(row.tenant)
    if (known === undefined) ofTenants.set(row.tenant, [row])
    else known.push(row)
  }
  return { byKey: rows, all, ofTenants }
}

interface At extends Circumstances, Pick<Parts, 'policy'> {
  readonly now: number
}

function rowOf(standing: AgentStanding, entry: Agent | undefined, at: At): AgentRow {
  const { tenant, agent, events, first_seen, last_seen, risk, open_alerts, worst } = standing
  // Written out: a hundred thousand objects that are put together of others are slow to make and slower to read.
  return {
    tenant,
    agent,
    registered: entry !== undefined,
    owner: entry?.owner ?? null,
    tier: entry?.tier ?? null,
    role: entry?.role ?? null,
    state: stateOf(standing, at),
    risk,
    open_alerts,
    worst_severity: Severity.options[worst - 1] ?? null,
    events,
    first_seen,
    last_seen,
  }
}

function stateOf(standing: AgentStanding, { policy, learning, holds, now }: At): AgentState {
  const { tenant, agent, events, first_seen, last_seen, silent_at } = standing
  if ((holds.get(partitionKeyOf(tenant, agent)) ?? 0) > now) return 'held'
  if (last_seen === null || first_seen === null) return 'never_seen'
  if (silent_at > last_seen) return 'silent'
  const { history_required } = policy
  const isYoung = events < history_required.events || last_seen - first_seen < history_required.days * dayMs
  return learning.has(tenant) || isYoung ? 'learning' : 'watched'
}
