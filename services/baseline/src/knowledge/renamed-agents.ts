import { type AgentHabits, knownMinMs, moreAlike, renamedFrom } from '@straylight/models/peers/renamed-agent'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Store } from '@straylight/runtime/store/store'
import type { Agent } from '@straylight/schemas/agent'
import { dayMs } from '@straylight/schemas/duration'
import type { Likeness, RenamedAgent } from '@straylight/schemas/renamed-agent'
import {
  type AgentSighting,
  firstEventOf,
  habitsOf,
  lastHeardOf,
  newcomersOf,
  silentAgentsOf,
  targetsOf,
} from './agent-habits.ts'

/** So long a rename stands in the versions, from the newcomer's first event. */
const keptMs = 30 * dayMs
/** Renames of one tenant, and of all, the oldest first: what is beyond is not said. */
const ofTenantMax = 50
const renamesMax = 200

export interface RenameOptions {
  readonly version: number
  readonly registry: readonly Agent[]
  /** Event time up to which agents are looked at, milliseconds: whole days, so that batches cut no difference. */
  readonly until: number
  /** What the version before said. */
  readonly before: readonly RenamedAgent[]
}

/**
 * Agents that no registry names and that took the place of one which has fallen silent. What was said stays, until the registry knows the
 * name or a month has passed; where the old name is heard again, it says so once. A function of the tables and of the version before.
 */
export async function renamedAgents(store: Store, options: RenameOptions): Promise<RenamedAgent[]> {
  const registered = new Set(options.registry.map(agentKeyOf))
  const known = options.before.filter(
    (of) => !registered.has(agentKeyOf(of)) && of.first_seen >= options.until - keptMs,
  )
  const standing = await heardAgain(store, known, options.version)
  const reported = new Set(standing.map(agentKeyOf))
  const newcomers = (await newcomersOf(store, options.until)).filter(
    (of) => !registered.has(agentKeyOf(of)) && !reported.has(agentKeyOf(of)),
  )
  const found = newcomers.length === 0 ? [] : await foundAmong(store, newcomers, options)
  return bounded([...standing, ...withRivals(found, standing)])
}

/** The renames with what has been heard of the old names since the new ones came. */
async function heardAgain(store: Store, known: readonly RenamedAgent[], version: number): Promise<RenamedAgent[]> {
  const waiting = known.filter(({ heard_again }) => heard_again === undefined)
  if (waiting.length === 0) return [...known]
  const heard = await lastHeardOf(
    store,
    waiting.map(({ tenant, from: agent }) => ({ tenant, agent })),
  )
  return known.map((of) => {
    const at = heard.get(agentKeyOf({ tenant: of.tenant, agent: of.from })) ?? 0
    if (of.heard_again !== undefined || at <= of.last_heard) return of
    return { ...of, heard_again: at, again_version: version }
  })
}

interface Found {
  readonly newcomer: AgentSighting
  readonly old: AgentSighting
  readonly likeness: Likeness
}

async function foundAmong(
  store: Store,
  newcomers: readonly AgentSighting[],
  { version, until }: RenameOptions,
): Promise<RenamedAgent[]> {
  const silent = await silentAgentsOf(store, newcomers, until)
  const pairs = newcomers.flatMap((newcomer) => {
    const olds = silent.filter((old) => mayBe(newcomer, old))
    return olds.length === 0 ? [] : [{ newcomer, olds }]
  })
  if (pairs.length === 0) return []
  const asked = new Map(pairs.flatMap(({ newcomer, olds }) => [newcomer, ...olds].map((of) => [agentKeyOf(of), of])))
  const habits = await habitsOf(store, [...asked.values()], until)
  const found = pairs.flatMap(({ newcomer, olds }) => likest(newcomer, olds, { habits, until }) ?? [])
  return (await Promise.all(found.map((of) => renameOf(store, of, version)))).flatMap((of) => of ?? [])
}

/** By what is seen of them alone: the one came when the other had gone, and the other had been there for long. */
const mayBe = (newcomer: AgentSighting, old: AgentSighting): boolean =>
  old.tenant === newcomer.tenant &&
  old.agent !== newcomer.agent &&
  old.first_time <= newcomer.first_time - knownMinMs &&
  old.last_time < newcomer.last_time

function likest(
  newcomer: AgentSighting,
  olds: readonly AgentSighting[],
  { habits, until }: { readonly habits: ReadonlyMap<string, AgentHabits>; readonly until: number },
): Found | undefined {
  const own = habits.get(agentKeyOf(newcomer))
  let best: Found | undefined
  for (const old of olds) {
    const its = habits.get(agentKeyOf(old))
    const likeness = own && its && renamedFrom(own, its, until)
    if (likeness !== undefined && (best === undefined || moreAlike(likeness, best.likeness) > 0))
      best = { newcomer, old, likeness }
  }
  return best
}

async function renameOf(
  store: Store,
  { newcomer, old, likeness }: Found,
  version: number,
): Promise<RenamedAgent | undefined> {
  const { tenant, agent, events } = newcomer
  const event = await firstEventOf(store, newcomer)
  if (event === undefined) return undefined
  return {
    ...{ tenant, agent, from: old.agent, since_version: version },
    ...{ first_seen: newcomer.first_time, last_heard: old.last_time, events, likeness },
    targets: await targetsOf(store, old),
    rivals: [],
    event,
  }
}

/** Each of the new ones with whoever else looks like the same agent. */
const withRivals = (found: readonly RenamedAgent[], standing: readonly RenamedAgent[]): RenamedAgent[] =>
  found.map((of) => ({
    ...of,
    rivals: [...standing, ...found]
      .filter(({ tenant, agent, from }) => tenant === of.tenant && from === of.from && agent !== of.agent)
      .map(({ agent }) => agent)
      .sort()
      .slice(0, 10),
  }))

function bounded(renames: readonly RenamedAgent[]): RenamedAgent[] {
  const counts = new Map<string, number>()
  return renames
    .filter(({ tenant }) => {
      const count = (counts.get(tenant) ?? 0) + 1
      counts.set(tenant, count)
      return count <= ofTenantMax
    })
    .slice(0, renamesMax)
}
