import { counted } from '@straylight/schemas/counted'
import { hourMs, minuteMs } from '@straylight/schemas/duration'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'

/** A command that was sent: all that the breakers need to know of it. */
export interface CountedCommand {
  readonly id: string
  readonly tenant: string
  /** The agent that is hit: the holder of what is revoked, whoever was accused. */
  readonly agent: string
  /**
   * The credential that is hit, where no evidence says whose it is: the agent is a mere claim, so what it names counts as well. Of
   * an agent's own credentials the agent counts alone: as many as it likes must not use up the places of others.
   */
  readonly credential?: string | undefined
  /** A person has looked at it: no share of the credentials holds it up. */
  readonly byPerson?: boolean
  /** Log time of issue. */
  readonly at: number
}

/**
 * The two breakers that stop the responder itself: commands a minute, and share of agents revoked an hour, each for
 * one tenant, so that a noisy tenant does not disarm another. Counted in log time and rebuilt from the topic of
 * commands. Findings of different partitions come with log times out of order; a window is therefore looked at in both
 * directions, which can only refuse more.
 */
export interface CircuitBreakers {
  /** Counts a command once, however often it is sent. */
  record(command: CountedCommand): void
  /**
   * Why a command may not go out now; null when it may. `agents`: agents of the tenant. `first`: approved commands that a
   * breaker holds, of the same tenant; they have the next free places. `stopped`: others that a breaker has stopped lately; an agent
   * that has had fewer commands within the hour goes before one that has had more.
   */
  refusal(
    command: PlannedCommand,
    agents: number,
    first?: readonly PlannedCommand[],
    stopped?: readonly PlannedCommand[],
  ): string | null
  /** The earliest log time, from the command's own on, at which it would not be refused, if nothing else is sent. */
  opensAt(command: PlannedCommand, agents: number): number
  /** Breakers that refused within the last minute of log time, for metrics. */
  tripped(): readonly Breaker[]
}

export type PlannedCommand = Omit<CountedCommand, 'id'>
type Breaker = 'commands_per_minute' | 'agents_revoked_share_per_hour'

export function createCircuitBreakers(limits: Policy['breakers']): CircuitBreakers {
  const sentByTenant = new Map<string, CountedCommand[]>()
  const trippedAt = new Map<Breaker, number>()
  let newest = 0

  const of = (tenant: string): readonly CountedCommand[] => sentByTenant.get(tenant) ?? []
  return {
    record: (command) => {
      newest = Math.max(newest, command.at)
      // Two hours: one to look back, one for log times that come out of order.
      const kept = of(command.tenant).filter(({ id, at }) => at > newest - 2 * hourMs && id !== command.id)
      sentByTenant.set(command.tenant, [...kept, command])
    },
    refusal: (command, agents, first = [], stopped = []) => {
      newest = Math.max(newest, command.at)
      const refused = refusedBy(limits, { command, agents, sent: of(command.tenant), first, stopped })
      if (refused !== null) trippedAt.set(refused.breaker, command.at)
      return refused?.why ?? null
    },
    opensAt: (command, agents) => {
      const sent = of(command.tenant)
      const isShut = (at: number) =>
        refusedBy(limits, { command: { ...command, at }, agents, sent, first: [], stopped: [] }) !== null
      const ends = sent.flatMap(({ at }) => [at + minuteMs, at + hourMs]).filter((at) => at > command.at)
      return earliest([command.at, ...ends.sort((one, other) => one - other)], isShut)
    },
    tripped: () => [...trippedAt].filter(([, at]) => at > newest - minuteMs).map(([breaker]) => breaker),
  }
}

/** The first time that is not shut; from the last one on nothing counts any more. */
function earliest(times: readonly number[], isShut: (at: number) => boolean): number {
  let low = 0
  let high = times.length - 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (isShut(times[middle] ?? 0)) low = middle + 1
    else high = middle
  }
  return times[low] ?? 0
}

interface Asked {
  readonly command: PlannedCommand
  readonly agents: number
  readonly sent: readonly PlannedCommand[]
  readonly first: readonly PlannedCommand[]
  readonly stopped: readonly PlannedCommand[]
}

interface Refused {
  readonly breaker: Breaker
  readonly why: string
}

function refusedBy(limits: Policy['breakers'], asked: Asked): Refused | null {
  return refusedByMinute(limits, asked) ?? refusedByHour(limits, asked)
}

const within = ({ sent, command }: Asked, span: number): PlannedCommand[] =>
  sent.filter(({ at }) => Math.abs(at - command.at) < span)

function refusedByMinute(limits: Policy['breakers'], asked: Asked): Refused | null {
  const { command, agents, first, stopped } = asked
  const { commands_per_minute: perMinute } = limits
  const allowed = agentsAllowed(limits, agents)
  const sent = within(asked, hourMs)
  const lastMinute = within(asked, minuteMs)
  // One that waits for the hour needs no place in this minute.
  const ready = first.filter((other) => fullHour({ command: other, sent, first: [], allowed }) === null)
  const refused = (why: string): Refused => ({
    breaker: 'commands_per_minute',
    why: `the circuit breaker allows ${why}`,
  })
  const taken = lastMinute.length + ready.length
  if (taken >= perMinute) {
    const queue = ready.length === 0 ? '' : `, and ${ready.length} approved before go first`
    return refused(`${counted(perMinute, 'command')} a minute${queue}`)
  }
  const poorer = goFirst({ command, sent, first: stopped, allowed })
  if (poorer > 0 && taken + poorer >= perMinute) {
    return refused(`${counted(perMinute, 'command')} a minute, and agents that it has stopped go first`)
  }
  const most = mostOfOne(perMinute)
  if (lastMinute.filter(({ agent }) => agent === command.agent).length < most) return null
  return refused(`one agent ${most} of the ${counted(perMinute, 'command')} a minute`)
}

function refusedByHour(limits: Policy['breakers'], asked: Asked): Refused | null {
  const { command, agents, first } = asked
  const allowed = agentsAllowed(limits, agents)
  const full = fullHour({ command, sent: within(asked, hourMs), first, allowed })
  if (full === null) return null
  const refused = (why: string): Refused => ({
    breaker: 'agents_revoked_share_per_hour',
    why: `the circuit breaker allows ${why}`,
  })
  if (full.by === 'claimant') {
    const most = mostClaimed(allowed)
    return refused(`one agent ${counted(most, 'credential')} an hour that no evidence gives to anybody`)
  }
  const what = full.unit === 'agent' ? '' : ', and as many credentials,'
  const queue = full.by === 'first' ? ', and what was approved before goes first' : ''
  return refused(`${allowed} of ${counted(agents, 'agent')}${what} to be revoked within an hour${queue}`)
}

/** One agent gets no more than half of a minute's commands: it can be hit as often as it strays, and others must be as well. */
const mostOfOne = (perMinute: number): number => Math.ceil(perMinute / 2)

/** Half of an hour's credentials that nothing but a claim gives to anybody: made-up ones take no place of others. */
const mostClaimed = (allowed: number): number => Math.max(1, Math.floor(allowed / 2))

/** How many agents that were stopped, could go now, and have had fewer commands within the hour, wait for a place. */
function goFirst({ command, sent, first: stopped, allowed }: Hour): number {
  const had = (agent: string): number => sent.filter((other) => other.agent === agent).length
  const own = had(command.agent)
  if (own === 0) return 0
  const waiting = stopped.filter(
    (other) =>
      had(other.agent) < own &&
      !sent.some(({ agent, at }) => agent === other.agent && at >= other.at) &&
      fullHour({ command: other, sent, first: [], allowed }) === null,
  )
  return new Set(waiting.map(({ agent }) => agent)).size
}

interface Hour {
  readonly command: PlannedCommand
  readonly sent: readonly PlannedCommand[]
  readonly first: readonly PlannedCommand[]
  readonly allowed: number
}

type FullBy = 'sent' | 'claimant' | 'first'

function fullHour(asked: Hour): { unit: 'agent' | 'credential'; by: FullBy } | null {
  for (const unit of ['agent', 'credential'] as const) {
    const by = fullFor(unit, asked)
    if (by !== null) return { unit, by }
  }
  return null
}

/** Who leaves no place in the hour for one more agent or credential; what was hit before counts once. */
function fullFor(unit: 'agent' | 'credential', { command, sent, first, allowed }: Hour): FullBy | null {
  const { [unit]: hit } = command
  if (hit === undefined) return null
  const places = new Set(sent.map(({ [unit]: other }) => other))
  places.delete(undefined)
  const counted = places.delete(hit)
  if (places.size >= allowed) return 'sent'
  // What takes no new place keeps nobody from one.
  if (counted) return null
  if (unit === 'credential' && command.byPerson !== true) {
    if (claimedBy(command.agent, sent) >= mostClaimed(allowed)) return 'claimant'
  }
  for (const { [unit]: other } of first) if (other !== undefined && other !== hit) places.add(other)
  return places.size >= allowed ? 'first' : null
}

/** Credentials that were hit because this agent named them. */
function claimedBy(claimant: string, sent: readonly PlannedCommand[]): number {
  const claimed = sent.filter(({ agent, credential }) => agent === claimant && credential !== undefined)
  return new Set(claimed.map(({ credential }) => credential)).size
}

/** What the breakers count of a command: whom and what it hits. */
export function countedCommand(command: RevocationCommand, at = Date.parse(command.issued_at)): CountedCommand {
  const { tenant_id: tenant, agent_id, credential_id } = command.subject
  const { holder_agent_id, holder_basis } = command.precondition
  const agent = holder_agent_id ?? agent_id
  const credential = command.scope.match === 'credential' && holder_basis === undefined ? credential_id : undefined
  return { id: command.id, tenant, agent, credential, at, byPerson: command.policy.decision === 'human' }
}

/** How many agents of a tenant may be revoked within an hour: at least one, else nothing could ever be. */
export function agentsAllowed(limits: Policy['breakers'], agents: number): number {
  if (agents < limits.agents_revoked_minimum) return 1
  return Math.max(1, Math.floor(limits.agents_revoked_share_per_hour * agents))
}
