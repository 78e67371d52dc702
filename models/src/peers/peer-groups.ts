import { clusterNames, compareText } from './cluster-names.ts'

/** An agent with what groups it: how often it took each step (by key), and the role that the registry gives it. */
export interface GroupedAgent {
  readonly agent: string
  readonly role?: string | undefined
  readonly steps: ReadonlyMap<number, number>
}

/**
 * Two clusters join while the mean likeness of their members is at least this. Likeness: cosine of the square roots of
 * step frequencies (the Bhattacharyya coefficient), 1 for the same mix of steps, 0 for none in common.
 */
const likenessMin = 0.5

/** Agents clustered pair by pair; more than these are assigned to the groups of a sample. */
const clusteredMax = 1_500

/**
 * Peer groups of one tenant's agents: `role:` and the role where the registry gives one, else agents of like step use, by
 * average-link clustering, as `like:` and a name that stays with the group from version to version (`cluster-names.ts`;
 * `before`: the groups of the version before). Pure: the same agents give the same groups, in whatever order they come.
 */
export function peerGroups(
  agents: readonly GroupedAgent[],
  before: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const groups = new Map<string, string>()
  for (const { agent, role } of agents) if (role !== undefined) groups.set(agent, `role:${role}`)
  const others = agents
    .filter(({ role }) => role === undefined)
    .sort((a, b) => compareText(a.agent, b.agent))
    .map(({ agent, steps }) => ({ agent, vector: unitVector(steps) }))
  const every = Math.ceil(others.length / clusteredMax)
  const sample = others.filter((_, at) => at % every === 0)
  const clusters = cluster(sample)
  assignRest(
    others.filter((_, at) => at % every !== 0),
    clusters,
  )
  const names = clusterNames(
    clusters.map((members) => members.map(({ agent }) => agent)),
    before,
  )
  clusters.forEach((members, at) => {
    for (const { agent } of members) groups.set(agent, names[at] as string)
  })
  return groups
}

interface Placed {
  readonly agent: string
  readonly vector: ReadonlyMap<number, number>
}

function unitVector(steps: ReadonlyMap<number, number>): Map<number, number> {
  let total = 0
  for (const count of steps.values()) total += count
  // In order of key: sums of floats depend on their order, and groups must not.
  const keys = [...steps.keys()].sort((a, b) => a - b)
  return new Map(keys.map((key) => [key, Math.sqrt((steps.get(key) as number) / total)]))
}

/** Likenesses of all pairs, over the steps they share. */
function likenesses(agents: readonly Placed[]): Float64Array[] {
  const rows = agents.map(() => new Float64Array(agents.length))
  const byStep = new Map<number, { at: number; share: number }[]>()
  agents.forEach(({ vector }, at) => {
    for (const [step, share] of vector) {
      const users = byStep.get(step) ?? []
      byStep.set(step, users)
      const row = rows[at] as Float64Array
      for (const user of users) row[user.at] = (row[user.at] as number) + user.share * share
      users.push({ at, share })
    }
  })
  rows.forEach((row, a) => {
    for (let b = 0; b < a; b++) (rows[b] as Float64Array)[a] = row[b] as number
  })
  return rows
}

/**
 * Average-link clustering by chains of nearest neighbours, in time of the square of the number of agents (Murtagh, 1983;
 * average link is reducible, so the chain finds what merging the likest pair first finds).
 */
function cluster(agents: readonly Placed[]): Placed[][] {
  const like = likenesses(agents)
  const members = agents.map((agent) => [agent])
  const active = new Set(agents.keys())
  const done: Placed[][] = []
  const chain: number[] = []
  while (active.size > 0) {
    const top = chain.at(-1) ?? (active.values().next().value as number)
    if (chain.length === 0) chain.push(top)
    const nearest = nearestOf(like[top] as Float64Array, active, top, chain.at(-2))
    if (nearest === undefined) {
      // Nothing is like enough, and no merge of others can come nearer than its parts were.
      done.push(members[top] as Placed[])
      active.delete(top)
      chain.pop()
    } else if (nearest === chain.at(-2)) {
      chain.length -= 2
      merge(like, members, { into: Math.min(top, nearest), from: Math.max(top, nearest) }, active)
    } else chain.push(nearest)
  }
  return done
}

/** The likest active cluster; of equals the one before in the chain, so that the chain ends, else the first. */
function nearestOf(row: Float64Array, active: ReadonlySet<number>, self: number, before?: number): number | undefined {
  let nearest = before
  let best = before === undefined ? likenessMin : (row[before] as number)
  for (const at of active) {
    if (at === self || at === before) continue
    const likeness = row[at] as number
    if (likeness > best || (likeness === best && nearest === undefined)) {
      nearest = at
      best = likeness
    }
  }
  return nearest
}

function merge(
  like: readonly Float64Array[],
  members: Placed[][],
  { into, from }: { into: number; from: number },
  active: Set<number>,
): void {
  const a = members[into] as Placed[]
  const b = members[from] as Placed[]
  active.delete(from)
  for (const at of active) {
    if (at === into) continue
    const row = like[at] as Float64Array
    const mean = (a.length * (row[into] as number) + b.length * (row[from] as number)) / (a.length + b.length)
    row[into] = mean
    ;(like[into] as Float64Array)[at] = mean
  }
  members[into] = [...a, ...b]
}

/** Each agent outside the sample goes to the group it is likest to on average, or stays alone. */
function assignRest(rest: readonly Placed[], clusters: Placed[][]): void {
  const byStep = new Map<number, Map<number, number>>()
  clusters.forEach((members, group) => {
    for (const { vector } of members) {
      for (const [step, share] of vector) {
        const groups = byStep.get(step) ?? new Map<number, number>()
        byStep.set(step, groups)
        groups.set(group, (groups.get(group) ?? 0) + share / members.length)
      }
    }
  })
  for (const agent of rest) {
    const likeness = new Map<number, number>()
    for (const [step, share] of agent.vector) {
      for (const [group, mean] of byStep.get(step) ?? []) likeness.set(group, (likeness.get(group) ?? 0) + share * mean)
    }
    const [nearest] = [...likeness].sort((a, b) => b[1] - a[1] || a[0] - b[0])
    if (nearest !== undefined && nearest[1] >= likenessMin) clusters[nearest[0]]?.push(agent)
    else clusters.push([agent])
  }
}
