import type { SeededRandom } from '@straylight/models/training/seeded-random'
import { dayMs } from '@straylight/schemas/duration'
import { zipf } from './synthetic-destination.ts'
import type { Habit, SyntheticAgent } from './synthetic-fleet.ts'
import type { SyntheticEvent } from './synthetic-history.ts'

/** Calls of a session. */
const callsMin = 2
const callsMax = 15

/** A credential lasts a week and a day, and a new one comes each week. */
const credentialDays = 8

/** One session of an agent, from its start: a walk through its tools, each call going somewhere and moving something. */
export function syntheticSession(agent: SyntheticAgent, session: string, startMs: number): SyntheticEvent[] {
  const { random, habits } = agent
  const events: SyntheticEvent[] = []
  /** What the session is about: calls of different tools mostly go to the same thing. */
  const focus = new Map<string, { tool: Habit; destination: string }>()
  let time = startMs
  let at = weighted(random, agent.next[0] ?? [])
  while (events.length < callsMax) {
    const habit = habits[at - 1]
    if (!habit) {
      if (events.length >= callsMin) break
      at = 1 + random.below(habits.length)
      continue
    }
    const event = call(agent, habit, focus)
    events.push({
      id: `${session}.${events.length + 1}`,
      time: new Date(time).toISOString(),
      ...event,
      session,
      ...credentialOf(agent, time),
    })
    time += Math.round(1000 * Math.exp(2 + 1.1 * random.normal()))
    const again = event.outcome === 'failure' && random.next() < 0.5
    if (!again) at = random.next() < 0.015 ? 1 + random.below(habits.length) : weighted(random, agent.next[at] ?? [])
  }
  return events
}

type Call = Omit<SyntheticEvent, 'id' | 'time' | 'session' | 'credential'>

function call(agent: SyntheticAgent, habit: Habit, focus: Map<string, { tool: Habit; destination: string }>): Call {
  const { random, reporting } = agent
  const { spec } = habit
  const drawn = random.next()
  const outcome = drawn < (spec.failing ?? 0.008) ? 'failure' : drawn > 0.998 ? 'denied' : 'success'
  const destinations = destinationsOf(agent, habit, focus)
  const optional = habit.optional.filter(([, share]) => random.next() < share).map(([name]) => name)
  // Now and then something much larger than usual goes through: size alone is no crime.
  const sent = habit.sent * Math.exp(spec.spread * random.normal() + (random.next() < 0.008 ? 2 : 0))
  const received = habit.received * Math.exp(spec.spread * random.normal() + (random.next() < 0.008 ? 2 : 0))
  const records = spec.records && Math.round(spec.records * Math.exp(spec.spread * random.normal()))
  return {
    tenant: agent.tenant,
    agent: agent.agent,
    owner: agent.owner,
    system: spec.system,
    action: spec.action,
    ...(reporting.tool && { tool: `${spec.system}.${spec.action}` }),
    ...(reporting.privilege && { privilege: spec.privilege }),
    ...(destinations.length > 0 && { destinations }),
    ...(reporting.arguments && { argument_names: [...habit.required, ...optional] }),
    ...(reporting.sent && { bytes_sent: Math.max(1, Math.round(sent)) }),
    ...(reporting.received && {
      bytes_received: outcome === 'success' ? Math.round(received) : 90 + random.below(200),
    }),
    ...(reporting.records && records !== undefined && outcome === 'success' && { records }),
    outcome,
    source: { host: agent.host },
  }
}

function destinationsOf(
  agent: SyntheticAgent,
  habit: Habit,
  focus: Map<string, { tool: Habit; destination: string }>,
): string[] {
  const { pool } = habit
  if (!pool) return []
  const { random } = agent
  const current = focus.get(pool.key)
  if (current && random.next() < (current.tool === habit ? 0.2 : 0.7)) return [current.destination]
  const destination =
    random.next() < habit.fresh ? unvisited(agent, habit) : (habit.own[zipf(random, habit.own.length)] ?? '')
  focus.set(pool.key, { tool: habit, destination })
  const more =
    pool.kind === 'mail' && random.next() < 0.1
      ? (habit.own[zipf(random, habit.own.length)] ?? destination)
      : destination
  return more === destination ? [destination] : [destination, more]
}

/** Somewhere this agent never went: a third of the time its group has been there; what is wholly new may become the group's. */
function unvisited(agent: SyntheticAgent, { pool, own }: Habit): string {
  if (!pool) return ''
  const { random, coinage } = agent
  const known = random.next() < 1 / 3 ? pool.known[random.below(pool.known.length)] : undefined
  const destination = known ?? coinage.coin(pool.kind, pool.prefix)
  if (!known && random.next() < 0.2) pool.known.push(destination)
  if (!own.includes(destination)) own.splice(random.below(own.length + 1), 0, destination)
  return destination
}

function credentialOf(agent: SyntheticAgent, time: number): Pick<SyntheticEvent, 'credential'> {
  if (!agent.reporting.credential) return {}
  const issued = Math.floor(time / (7 * dayMs)) * 7 * dayMs
  const scopes = [...new Set(agent.habits.map(({ spec }) => `${spec.system}.${spec.privilege}`))].sort()
  return {
    credential: {
      id: `key:${agent.agent}:${issued / (7 * dayMs)}`,
      issued_at: new Date(issued).toISOString(),
      expires_at: new Date(issued + credentialDays * dayMs).toISOString(),
      scopes,
    },
  }
}

function weighted(random: SeededRandom, weights: readonly number[]): number {
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [at, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return at
  }
  return weights.length - 1
}
