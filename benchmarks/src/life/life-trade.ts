import type { SeededRandom } from '@straylight/models/training/seeded-random'
import { dayMs } from '@straylight/schemas/duration'

/** Days of history before the weeks that are judged, and of these. */
export const historyDays = 28
export const liveDays = 56
/** 2026-03-02, a Monday. */
export const lifeStart = Date.UTC(2026, 2, 2)
export const liveStart = lifeStart + historyDays * dayMs

/** Where an action's calls go. */
export interface Places {
  /** Places known to everybody of the role, the most usual first. */
  readonly known: readonly string[]
  /** Zipf's exponent of how usual they are; 0: all alike. */
  readonly exponent?: number
  /** Share of calls that go to a place never used before. */
  readonly fresh?: number
  /** Makes such a place. */
  readonly unheard?: (random: SeededRandom) => string
  /** Share of the other calls that go where this agent has been since its beginning, recent places most often. */
  readonly again?: number
}

/** An action as a role takes it: medians of its amounts, spread log-normally. */
export interface Call {
  readonly system: string
  readonly action: string
  /** Share of sessions that have it. */
  readonly share: number
  readonly times?: number
  readonly sent?: number
  readonly received?: number
  readonly records?: number
  /** Standard deviation of the logarithm of its amounts (.4). */
  readonly spread?: number
  readonly to?: Places
  readonly privilege?: string
}

/** One agent of a role: from which day of its life's 84 to which, and whether the registry knows it. */
export interface Member {
  readonly agent: string
  readonly joins?: number
  readonly leaves?: number
  readonly unregistered?: boolean
  /** It goes on with the work of another under its own name. */
  readonly renamed?: boolean
  /** Works so many hours later than its role. */
  readonly later?: number
}

export interface LifeRole {
  readonly members: readonly Member[]
  /** Sessions of a usual day. */
  readonly sessions: number
  /** Share of them on days of a weekend. */
  readonly weekend: number
  readonly hours: readonly [number, number]
  /** Amounts at a month's end, times the usual. */
  readonly monthEnd: number
  /** Works on this day of the week alone, 0 a Monday. */
  readonly weekday?: number
  /** Share of days with so many times the usual sessions. */
  readonly burst?: { readonly share: number; readonly times: number }
  readonly calls: readonly Call[]
}

/** An attack: its calls, by an agent, on a day of the weeks that are judged. */
export interface Strike {
  readonly name: string
  readonly agent: string
  readonly day: number
  readonly hour: number
  readonly calls: readonly Call[]
}

/** A fleet of one trade: who works there, what changes, who strikes. */
export interface LifeTrade {
  readonly domain: string
  readonly roles: Readonly<Record<string, LifeRole>>
  /** From this day of the judged weeks on a role has an action that nobody has announced. */
  readonly rollOut: { readonly role: string; readonly day: number; readonly share: number; readonly call: Call }
  readonly strikes: readonly Strike[]
}

/** All strikes of a ramp: twice as much each day, in its usual place. */
export const rampOf = (agent: string, call: Call): Strike[] =>
  Array.from({ length: 13 }, (_, at) => ({
    ...{ name: 'ramp', agent, day: 42 + at, hour: 15 },
    calls: [{ ...call, share: 1, sent: (call.sent ?? 1) * 2 ** (at + 1) }],
  }))
