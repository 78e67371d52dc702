import type { Policy } from '@straylight/schemas/policy'

const minute = 60_000
const hour = 60 * minute

/** A command that was sent: all that the breakers need to know of it. */
export interface CountedCommand {
  readonly id: string
  readonly tenant: string
  readonly agent: string
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
  /** Why a command may not go out now; null when it may. `agents`: agents of the tenant. */
  refusal(command: Omit<CountedCommand, 'id'>, agents: number): string | null
  /** Breakers that refused within the last minute of log time, for metrics. */
  tripped(): readonly ('commands_per_minute' | 'agents_revoked_share_per_hour')[]
}

export function createCircuitBreakers(limits: Policy['breakers']): CircuitBreakers {
  const sentByTenant = new Map<string, CountedCommand[]>()
  const trippedAt = new Map<'commands_per_minute' | 'agents_revoked_share_per_hour', number>()
  let newest = 0

  const within = (command: Omit<CountedCommand, 'id'>, span: number): CountedCommand[] =>
    (sentByTenant.get(command.tenant) ?? []).filter((sent) => Math.abs(sent.at - command.at) < span)

  return {
    record: (command) => {
      newest = Math.max(newest, command.at)
      const sent = sentByTenant.get(command.tenant) ?? []
      // Two hours: one to look back, one for log times that come out of order.
      const kept = sent.filter((earlier) => earlier.at > newest - 2 * hour && earlier.id !== command.id)
      sentByTenant.set(command.tenant, [...kept, command])
    },
    refusal: (command, agents) => {
      newest = Math.max(newest, command.at)
      if (within(command, minute).length >= limits.commands_per_minute) {
        trippedAt.set('commands_per_minute', command.at)
        return `breaker: ${limits.commands_per_minute} commands a minute are the limit`
      }
      const others = new Set(within(command, hour).map((sent) => sent.agent))
      // An agent that was revoked already counts once, in whichever hour holds both.
      others.delete(command.agent)
      const allowed = agentsAllowed(limits, agents)
      if (others.size < allowed) return null
      trippedAt.set('agents_revoked_share_per_hour', command.at)
      return `breaker: ${allowed} of ${agents} agents revoked within an hour are the limit`
    },
    tripped: () => [...trippedAt].filter(([, at]) => at > newest - minute).map(([breaker]) => breaker),
  }
}

/** How many agents of a tenant may be revoked within an hour: at least one, else nothing could ever be. */
export function agentsAllowed(limits: Policy['breakers'], agents: number): number {
  if (agents < limits.agents_revoked_minimum) return 1
  return Math.max(1, Math.floor(limits.agents_revoked_share_per_hour * agents))
}
