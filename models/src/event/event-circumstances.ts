import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs } from '@straylight/schemas/duration'
import type { WindowTotal } from '@straylight/schemas/window-total'

/** Value of another guard, 0 to 1, in steps of a twentieth: 0 to 20. */
export interface SignalLevel {
  readonly name: string
  readonly level: number
}

/** Circumstances of an event, in comparable form: when, from where, for whom, with what rights, and what its windows hold. */
export interface EventCircumstances {
  readonly time_of_week: string
  /** Highest rank among privilege and scopes, 1 (reads) to 4 (rules). */
  readonly privilege_rank: number | null
  /** Whole hours since the credential was issued, or of its whole life where that is longer: long-lived is old from the start. */
  readonly credential_age_hours: number | null
  /** The event was done with a credential past its expiry. */
  readonly credential_expired: boolean
  /** Hours by which it was, for people. */
  readonly credential_expired_hours: number
  readonly parent_agent: string | null
  readonly sources: readonly string[]
  readonly signals: readonly SignalLevel[]
  /** Totals of windows that this event found full. */
  readonly closed: readonly WindowTotal[]
  /** Totals of its windows that this event took into a higher octave. */
  readonly passed: readonly WindowTotal[]
}

/** Clocks of issuer and agent may differ by as much as an event may be ahead. */
const clockSkewMs = 300_000
/** Signals of one event that count, in order of name. */
const signalsMax = 16
const levels = 20

export const signalLevel = (value: number): number => Math.min(levels, Math.max(0, Math.floor(value * levels)))

export function credentialAgeHours(credential: AgentEvent['credential'], time: number): number | null {
  if (credential?.issued_at === undefined) return null
  return Math.max(0, Math.floor((Math.max(time, credential.expires_at ?? 0) - credential.issued_at) / hourMs))
}

export const isExpired = (credential: AgentEvent['credential'], time: number): boolean =>
  credential?.expires_at !== undefined && time > credential.expires_at + clockSkewMs

/** Hours by which a credential's expiry has passed; 0 before, and where none is known. */
export const hoursPastExpiry = (credential: AgentEvent['credential'], time: number): number =>
  credential?.expires_at === undefined ? 0 : Math.max(0, (time - credential.expires_at) / hourMs)

const noSignals: readonly SignalLevel[] = []

export function signalLevels(signals: AgentEvent['signals']): readonly SignalLevel[] {
  if (signals === undefined) return noSignals
  return Object.entries(signals)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, signalsMax)
    .map(([name, value]) => ({ name, level: signalLevel(value) }))
}
