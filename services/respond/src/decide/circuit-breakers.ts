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
   * breaker holds, of the same tenant; they have the next free places.
   */
  refusal(command: PlannedCommand, agents: number, first?: readonly PlannedCommand[]): string | null
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
    refusal: (command, agents, first = []) => {
      newest = Math.max(newest, command.at)
      const refused = refusedBy(limits, { command, agents, sent: of(command.tenant), first })
      if (refused !== null) trippedAt.set(refused.breaker, command.at)
      return refused?.why ?? null
    },
    opensAt: (command, agents) => {
      const sent = of(command.tenant)
      const isShut = (at: number) =>
        refusedBy(limits, { command: { ...command, at }, agents, sent, first: [] }) !== null
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
}

function refusedBy(limits: Policy['breakers'], asked: Asked): { breaker: Breaker; why: string } | null {
  const { command, agents, sent, first } = asked
  const within = (span: number) => sent.filter(({ at }) => Math.abs(at - command.at) < span)
  const lastHour = within(hourMs)
  const allowed = agentsAllowed(limits, agents)
  // One that waits for the hour needs no place in this minute.
  const ready = first.filter((other) => fullHour({ command: other, sent: lastHour, first: [], allowed }) === null)
  const { commands_per_minute: perMinute } = limits
  if (within(minuteMs).length + ready.length >= perMinute) {
    const queue = ready.length === 0 ? '' : `, and ${ready.length} approved before go first`
    return { breaker: 'commands_per_minute', why: `breaker: ${perMinute} commands a minute are the limit${queue}` }
  }
  const most = mostOfOne(perMinute)
  if (within(minuteMs).filter(({ agent }) => agent === command.agent).length >= most) {
    const why = `breaker: ${most} of the ${perMinute} commands a minute are the limit for one agent`
    return { breaker: 'commands_per_minute', why }
  }
  const full = fullHour({ command, sent: lastHour, first, allowed })
  if (full === null) return null
  const what = full.unit === 'agent' ? 'agents revoked' : 'agents, and so many credentials, revoked'
  const queue = full.by === 'first' ? ', and what was approved before goes first' : ''
  return {
    breaker: 'agents_revoked_share_per_hour',
    why: `breaker: ${allowed} of ${agents} ${what} within an hour are the limit${queue}`,
  }
}

/** One agent gets no more than half of a minute's commands: it can be hit as often as it strays, and others must be as well. */
const mostOfOne = (perMinute: number): number => Math.ceil(perMinute / 2)

interface Hour {
  readonly command: PlannedCommand
  readonly sent: readonly PlannedCommand[]
  readonly first: readonly PlannedCommand[]
  readonly allowed: number
}

function fullHour(asked: Hour): { unit: 'agent' | 'credential'; by: 'sent' | 'first' } | null {
  for (const unit of ['agent', 'credential'] as const) {
    const by = fullFor(unit, asked)
    if (by !== null) return { unit, by }
  }
  return null
}

/** Who leaves no place in the hour for one more agent or credential; what was hit before counts once. */
function fullFor(unit: 'agent' | 'credential', { command, sent, first, allowed }: Hour): 'sent' | 'first' | null {
  const { [unit]: hit } = command
  if (hit === undefined) return null
  const places = new Set(sent.map(({ [unit]: other }) => other))
  places.delete(undefined)
  const counted = places.delete(hit)
  if (places.size >= allowed) return 'sent'
  // What takes no new place keeps nobody from one.
  if (counted) return null
  for (const { [unit]: other } of first) if (other !== undefined && other !== hit) places.add(other)
  return places.size >= allowed ? 'first' : null
}

/** What the breakers count of a command: whom and what it hits. */
export function countedCommand(command: RevocationCommand, at = Date.parse(command.issued_at)): CountedCommand {
  const { tenant_id: tenant, agent_id, credential_id } = command.subject
  const { holder_agent_id, holder_basis } = command.precondition
  const agent = holder_agent_id ?? agent_id
  const credential = command.scope.match === 'credential' && holder_basis === undefined ? credential_id : undefined
  return { id: command.id, tenant, agent, credential, at }
}

/** How many agents of a tenant may be revoked within an hour: at least one, else nothing could ever be. */
export function agentsAllowed(limits: Policy['breakers'], agents: number): number {
  if (agents < limits.agents_revoked_minimum) return 1
  return Math.max(1, Math.floor(limits.agents_revoked_share_per_hour * agents))
}
