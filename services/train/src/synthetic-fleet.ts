import { type SeededRandom, seededRandom } from '@straylight/models/training/seeded-random'
import { Coinage, type SyntheticDestinationKind, zipf } from './synthetic-destination.ts'
import { type ToolSpec, type Trade, trades } from './synthetic-trades.ts'

/** Destinations that a group's calls of one kind draw from, and how its ids begin. */
export interface Pool {
  readonly key: string
  readonly kind: SyntheticDestinationKind
  readonly prefix: string
  readonly known: string[]
}

/** How one agent uses one tool. */
export interface Habit {
  readonly spec: ToolSpec
  readonly required: readonly string[]
  /** Optional arguments with the share of this agent's calls that give them. */
  readonly optional: readonly (readonly [name: string, share: number])[]
  /** Median bytes of this agent's calls. */
  readonly sent: number
  readonly received: number
  /** The group's pool, and what this agent has of it, most used first. */
  readonly pool: Pool | null
  readonly own: string[]
  /** Share of calls that go where this agent never went. */
  readonly fresh: number
}

/** What a house's log shippers leave out, always: unknown, not zero. */
export interface Reporting {
  readonly sent: boolean
  readonly received: boolean
  readonly records: boolean
  readonly tool: boolean
  readonly credential: boolean
  readonly privilege: boolean
  readonly arguments: boolean
}

export interface SyntheticAgent {
  readonly tenant: string
  readonly agent: string
  readonly role: string
  readonly owner: string
  readonly host: string
  readonly habits: readonly Habit[]
  /** Weight of each habit after each habit; row 0 is the start of a session, column 0 its end. */
  readonly next: readonly (readonly number[])[]
  /** How often it works, relative to others. */
  readonly diligence: number
  /** When it works. */
  readonly rhythm: 'office' | 'night' | 'always'
  /** Share of the whole time before it first appears. */
  readonly appears: number
  readonly coinage: Coinage
  readonly reporting: Reporting
  readonly random: SeededRandom
}

export interface SyntheticFleetOptions {
  readonly tenants: number
  readonly agentsMin: number
  readonly agentsMax: number
}

/** Makes up a fleet: houses of every trade, each with groups of agents that work alike but not the same. */
export function syntheticFleet(seed: number, options: SyntheticFleetOptions): SyntheticAgent[] {
  const random = seededRandom(seed)
  return Array.from({ length: options.tenants }, (_, at) => {
    const trade = trades[at % trades.length] as Trade
    const own = random.fork()
    const size = options.agentsMin + own.below(options.agentsMax - options.agentsMin + 1)
    return syntheticTenant(own, `house-${at + 1}`, trade, size)
  }).flat()
}

function syntheticTenant(random: SeededRandom, tenant: string, trade: Trade, size: number): SyntheticAgent[] {
  const coinage = new Coinage(random.fork())
  const tools = random.shuffle([...trade]).slice(0, Math.ceil(trade.length * (0.75 + random.next() / 4)))
  const groups = 2 + random.below(4)
  const reporting: Reporting = {
    sent: random.next() < 0.9,
    received: random.next() < 0.9,
    records: random.next() < 0.6,
    tool: random.next() < 0.7,
    credential: random.next() < 0.7,
    privilege: random.next() < 0.6,
    arguments: random.next() < 0.9,
  }
  const shared = { tenant, coinage, reporting }
  return Array.from({ length: groups }, (_, at) => {
    const members = Math.max(2, Math.round(size / groups + random.normal()))
    return syntheticGroup(random.fork(), shared, `${tenant}-crew-${at + 1}`, tools, members)
  }).flat()
}

function syntheticGroup(
  random: SeededRandom,
  shared: Pick<SyntheticAgent, 'tenant' | 'coinage' | 'reporting'>,
  role: string,
  trade: Trade,
  members: number,
): SyntheticAgent[] {
  const tools = random.shuffle([...trade]).slice(0, 5 + random.below(7))
  const pools = poolsOf(random, shared.coinage, tools)
  const next = routine(random, tools.length)
  const rhythm = (['office', 'office', 'night', 'always'] as const)[random.below(4)] ?? 'always'
  return Array.from({ length: members }, (_, at): SyntheticAgent => {
    const own = random.fork()
    return {
      ...shared,
      agent: `${role}-${at + 1}`,
      role,
      owner: `${shared.coinage.word()}@${shared.tenant}.example`,
      host: `${shared.coinage.word()}-${1 + own.below(4)}`,
      habits: tools.map((spec) => habitOf(own, spec, pools)),
      next: next.map((row) => row.map((weight) => weight * Math.exp(0.4 * own.normal()))),
      diligence: Math.exp(0.9 * own.normal()),
      rhythm,
      appears: own.next() < 0.2 ? own.next() * 0.6 : 0,
      random: own,
    }
  })
}

/** Tools of one system that go to one kind of thing share where they go; mail, hosts and accounts are the house's. */
function poolKey(spec: ToolSpec): string | null {
  if (!spec.to) return null
  return spec.to === 'mail' || spec.to === 'host' || spec.to === 'account' ? spec.to : `${spec.to} of ${spec.system}`
}

function poolsOf(random: SeededRandom, coinage: Coinage, tools: Trade): Map<string, Pool> {
  const pools = new Map<string, Pool>()
  for (const spec of tools) {
    const key = poolKey(spec)
    if (!key || !spec.to || pools.has(key)) continue
    const prefix = coinage.prefix()
    const kind = spec.to
    const known = Array.from({ length: 8 + zipf(random, 120) }, () => coinage.coin(kind, prefix))
    pools.set(key, { key, kind, prefix, known })
  }
  return pools
}

/**
 * A group's way of working: a few lines of work through its tools, each followed mostly in order, with repeats and
 * short cuts, plus a little of everything. Row 0 starts a session, column 0 ends it.
 */
function routine(random: SeededRandom, tools: number): number[][] {
  const next = Array.from({ length: tools + 1 }, () => Array.from({ length: tools + 1 }, () => 0.004))
  const add = (from: number, to: number, weight: number) => {
    const row = next[from]
    if (row) row[to] = (row[to] ?? 0) + weight
  }
  for (let line = 2 + random.below(3); line > 0; line--) {
    const steps = random.shuffle(Array.from({ length: tools }, (_, at) => at + 1)).slice(0, 3 + random.below(4))
    const weight = 0.3 + random.next()
    add(0, steps[0] ?? 1, weight)
    for (const [at, step] of steps.entries()) {
      const following = steps[at + 1]
      add(step, following ?? 0, weight)
      if (following) add(step, 0, 0.08 * weight)
      if (random.next() < 0.35) add(step, step, weight * random.next())
      if (at > 0 && random.next() < 0.25) add(step, steps[at - 1] ?? 0, 0.5 * weight)
    }
  }
  const start = next[0]
  if (start) start[0] = 0
  return next
}

function habitOf(random: SeededRandom, spec: ToolSpec, pools: ReadonlyMap<string, Pool>): Habit {
  const names = spec.arguments.split(' ').filter(Boolean)
  const pool = pools.get(poolKey(spec) ?? '') ?? null
  const share = 0.15 + 0.6 * random.next()
  return {
    spec,
    required: names.filter((name) => !name.endsWith('?')),
    optional: names
      .filter((name) => name.endsWith('?'))
      .map((name) => [name.slice(0, -1), random.next() ** 2] as const),
    sent: spec.sent * Math.exp(0.35 * random.normal()),
    received: spec.received * Math.exp(0.35 * random.normal()),
    pool,
    own: pool ? random.shuffle([...pool.known]).slice(0, Math.max(2, Math.round(pool.known.length * share))) : [],
    fresh: Math.min(0.9, (spec.fresh ?? 0) * Math.exp(0.5 * random.normal())),
  }
}
