import { OpenWindows } from '../session/activity-windows.ts'
import { type AgentClock, newAgentClock } from '../session/agent-clock.ts'
import { DailyAmounts, type StoredDailyAmounts } from '../session/daily-amounts.ts'
import { OpenSessions } from '../session/open-sessions.ts'
import type { HashedKey } from './hashed-key.ts'
import { type Family, families, familyNames } from './profile-key.ts'
import { ProfileTable } from './profile-table.ts'

const familyIndex = new Map(familyNames.map((name, index) => [name, index]))
const caps = familyNames.map((name) => families[name].cap)

/** Running mean and spread (Welford, 1962) of an agent's session maxima: what its risk is set against. */
export interface Maxima {
  sessions: number
  mean: number
  /** Sum of squared differences from the mean. */
  squares: number
  /** How many of the sessions had quarantined events and were added up to a bound; 0 where absent. */
  strayed?: number
}

export function addMaximum(maxima: Maxima, value: number): void {
  maxima.sessions++
  const difference = value - maxima.mean
  maxima.mean += difference / maxima.sessions
  maxima.squares += difference * (value - maxima.mean)
}

/** A row of an aggregate: one key of one family with its weighted count. */
export interface CountRow {
  readonly family: Family
  readonly context: number
  readonly key: number
  readonly count: number
}

/** Raised when a state written before could be read wrongly. */
const stateForm = 2
const otherForm = (form: number | undefined): string =>
  `a stored profile is of form ${form ?? 1} and this program reads form ${stateForm}: start over with \`straylight reset\`, or run the program that wrote it`

/** What `toState` writes. The fields' own names: SQL looks into some. */
interface ProfileState {
  readonly form: number
  /** `ProfileTable.pack` and `OpenSessions.toState`. */
  readonly table: string
  readonly sessions: string
  readonly family_sizes: number[]
  readonly events: number
  readonly first_time: number
  readonly last_time: number
  readonly clock: number
  /** Absent in states of programs that did not know it. */
  readonly heard?: number
  readonly windows: (number | null)[]
  readonly longest_gap: number
  /** Absent in states of programs that did not know it. */
  readonly daily?: StoredDailyAmounts
  readonly maxima: Maxima
  readonly surprise_maxima: Maxima | undefined
  readonly plain_maxima: Maxima
}

/**
 * What one agent normally does: decayed counts by key, its clock and open sessions, its usual session maxima.
 * Counts are whole numbers: any order of folding gives the same profile, and the same as the aggregate in ClickHouse.
 * Bounded: each family has a cap; a key beyond it adds to its context's total only, so an agent that invents names
 * cannot grow its profile (and its new names stay new).
 */
export class Profile {
  readonly table: ProfileTable
  /** No cap is above 65,535; up to 64 bytes an array needs no memory of its own beside it. */
  private readonly familySizes = new Uint16Array(familyNames.length)
  /** Events folded, and the event times they span (milliseconds since 1970 UTC; 0: none). */
  events = 0
  first_time = 0
  last_time = 0
  clock: AgentClock = newAgentClock()
  maxima: Maxima = { sessions: 0, mean: 0, squares: 0 }
  /** Like `maxima`, of the closed-form surprise alone, which is known before the network speaks; starts as a copy of it. */
  surprise_maxima: Maxima | undefined
  /** The same of the sum without provenance; `plain_maxima` in a stored state. */
  maxima_without_provenance: Maxima = { sessions: 0, mean: 0, squares: 0 }

  constructor(table = new ProfileTable()) {
    this.table = table
  }

  /** Learns (weight > 0). Keys repeated within the event count each time. */
  fold(keys: readonly HashedKey[], weight: number, time: number): void {
    const { table, familySizes } = this
    for (let at = 0; at < keys.length; at++) {
      const { of, print } = keys[at] as HashedKey
      const { family, print: contextPrint } = of
      const slot = table.findFingerprint(print)
      if (slot >= 0) {
        table.addAt(slot, weight, 0, print)
        table.addTo(contextPrint, weight, 0)
      } else if ((familySizes[family] as number) < (caps[family] as number)) {
        table.addTo(print, weight, 0)
        familySizes[family] = (familySizes[family] as number) + 1
        table.addTo(contextPrint, weight, 1)
      } else this.addBeyondCap(of.hash, weight)
    }
    this.events++
    this.first_time = this.first_time === 0 ? time : Math.min(this.first_time, time)
    this.last_time = Math.max(this.last_time, time)
  }

  /**
   * Takes back what was folded with the same weight. Where a family's cap was reached that is not exact: a key that had found
   * no room then may have found some since, and what its context was compared with then is not known. So nothing falls below what
   * must be there: a key to 0, a context to the number of its keys.
   */
  unfold(keys: readonly HashedKey[], weight: number): void {
    const { table } = this
    for (const { of, key } of keys) {
      const { family, hash: context } = of
      const count = table.count(key)
      if (count > 0 && count <= weight) {
        table.add(key, -count)
        table.addAuxiliary(context, -1)
        this.familySizes[family] = (this.familySizes[family] as number) - 1
      } else if (count > 0) table.add(key, -weight)
      const left = table.count(context) - table.auxiliary(context)
      if (left > 0) table.add(context, -Math.min(weight, left))
    }
    this.events--
  }

  /** A key that is not kept counts in its context, but makes none: names of contexts can be invented too. */
  private addBeyondCap(context: number, weight: number): void {
    if (this.table.has(context)) this.table.add(context, weight)
  }

  /** Builds the counts of a profile from an aggregate's rows, which fit under the caps in the order given. */
  static fromCounts(rows: Iterable<CountRow>): Profile {
    const profile = new Profile()
    for (const { family, context, key, count } of rows) {
      const index = familyIndex.get(family) as number
      // Two keys that the table can't tell apart count as one, as in the fold.
      if (profile.table.has(key)) {
        profile.table.add(key, count)
        profile.table.add(context, count)
        continue
      }
      if ((profile.familySizes[index] as number) >= (caps[index] as number)) {
        profile.addBeyondCap(context, count)
        continue
      }
      profile.familySizes[index] = (profile.familySizes[index] as number) + 1
      profile.table.add(key, count)
      profile.table.add(context, count, 1)
    }
    return profile
  }

  /** Between batches: what was used of it becomes small, and what was given out of its sessions says nothing any more. */
  compact(): void {
    this.clock.sessions.compact()
  }

  /** All that a checkpoint must hold, as text (JSON). */
  toState(): string {
    const rest = JSON.stringify({
      form: stateForm,
      family_sizes: [...this.familySizes],
      events: this.events,
      first_time: this.first_time,
      last_time: this.last_time,
      clock: this.clock.clock,
      heard: this.clock.heard,
      windows: this.clock.windows.toJSON(),
      longest_gap: this.clock.longest_gap,
      daily: this.clock.daily.toJSON(),
      maxima: this.maxima,
      surprise_maxima: this.surprise_maxima,
      plain_maxima: this.maxima_without_provenance,
    } satisfies Omit<ProfileState, 'table' | 'sessions'>)
    // Base64 has nothing to escape: looking for it took most of the time.
    return `${rest.slice(0, -1)},"table":"${this.table.pack()}","sessions":"${this.clock.sessions.toState()}"}`
  }

  /** Throws for a state that an older or newer program wrote, or that is damaged. */
  static fromState(state: string): Profile {
    const parsed = JSON.parse(state) as ProfileState
    if (parsed.form !== stateForm) throw new Error(otherForm(parsed.form))
    const profile = new Profile(ProfileTable.unpack(parsed.table))
    profile.familySizes.set(parsed.family_sizes)
    profile.events = parsed.events
    profile.first_time = parsed.first_time
    profile.last_time = parsed.last_time
    const { clock, heard = clock, longest_gap } = parsed
    const windows = OpenWindows.fromState(parsed.windows)
    const daily = DailyAmounts.fromState(parsed.daily)
    profile.clock = { clock, heard, sessions: OpenSessions.fromState(parsed.sessions), windows, daily, longest_gap }
    profile.maxima = parsed.maxima
    profile.surprise_maxima = parsed.surprise_maxima
    profile.maxima_without_provenance = parsed.plain_maxima
    return profile
  }
}
