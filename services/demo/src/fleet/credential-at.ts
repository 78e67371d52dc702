import type { Fleet, FleetAgent } from './fleet.ts'
import { type FleetRandom, fleetRandom } from './seeded-random.ts'

/** A short-lived token of one agent. */
export interface FleetCredential {
  readonly id: string
  readonly agent: string
  readonly issued_at: number
  readonly expires_at: number
  readonly scopes: readonly string[]
}

/**
 * The credential that an agent holds at a time: a new one each lifetime, its turn shifted for each agent. A function of
 * seed, agent and time alone, so that history, live traffic and the broker know the same credentials without a store.
 */
export function credentialAt(fleet: Fleet, agent: FleetAgent, timeMs: number): FleetCredential {
  const lifetime = agent.credential_lifetime_ms
  const shift = fleetRandom('credential shift', fleet.seed, agent.index).whole(0, lifetime - 1)
  const turn = Math.floor((timeMs - shift) / lifetime)
  const random = fleetRandom('credential', fleet.seed, agent.index, turn)
  const issued_at = turn * lifetime + shift
  return {
    id: `${credentialPrefix(agent.agent)}${eightDigits(random)}${eightDigits(random)}`,
    agent: agent.agent,
    issued_at,
    expires_at: issued_at + lifetime,
    scopes: agent.scopes,
  }
}

/** What the ids of an agent's credentials begin with: so the registry can say whose one is that was issued a minute ago. */
export const credentialPrefix = (agent: string): string => `jti:${agent}:`

const eightDigits = (random: FleetRandom): string =>
  random
    .whole(0, 2 ** 32 - 1)
    .toString(16)
    .padStart(8, '0')
