import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { WindowTotal } from '@straylight/schemas/window-total'
import { privilegeRank } from './privilege-rank.ts'
import { sourceNames } from './source-names.ts'
import { timeOfWeek } from './time-of-week.ts'

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

const hourMs = 3_600_000
/** Clocks of issuer and agent may differ by as much as an event may be ahead. */
const clockSkewMs = 300_000
/** Signals of one event that count, in order of name. */
const signalsMax = 16
const levels = 20

export const signalLevel = (value: number): number => Math.min(levels, Math.max(0, Math.floor(value * levels)))

function credentialOf({ credential, time }: AgentEvent) {
  const { issued_at: issued, expires_at: expires } = credential ?? {}
  const end = Math.max(time, expires ?? 0)
  return {
    credential_age_hours: issued === undefined ? null : Math.max(0, Math.floor((end - issued) / hourMs)),
    credential_expired: expires !== undefined && time > expires + clockSkewMs,
    credential_expired_hours: expires === undefined ? 0 : Math.max(0, (time - expires) / hourMs),
  }
}

export function eventCircumstances(
  event: AgentEvent,
  windows: { readonly closed: readonly WindowTotal[]; readonly passed: readonly WindowTotal[] },
): EventCircumstances {
  const signals = Object.entries(event.signals ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, signalsMax)
  return {
    time_of_week: timeOfWeek(event.time),
    privilege_rank: privilegeRank([event.privilege ?? '', ...(event.credential?.scopes ?? [])]),
    ...credentialOf(event),
    parent_agent: event.parent_agent ?? null,
    sources: sourceNames(event.source),
    signals: signals.map(([name, value]) => ({ name, level: signalLevel(value) })),
    closed: windows.closed,
    passed: windows.passed,
  }
}
