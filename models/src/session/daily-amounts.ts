import type { AgentEvent } from '@straylight/schemas/agent-event'
import { amountBin } from '../event/amount-bin.ts'
import { dayOf } from '../profile/day-weight.ts'

/** What is added up by the day: bytes sent and received, records, calls. */
export const dailyKinds = ['sent', 'received', 'records', 'calls'] as const
export type DailyKind = (typeof dailyKinds)[number]
const kinds = dailyKinds.length

/** Days remembered beside today and the day before: six weeks. */
export const daysKept = 42
/** Totals stop here (1 PiB), as those of sessions. */
const totalMax = 2 ** 50

/** A total of today that an event took into a higher quarter octave. */
export interface DailyStep {
  readonly kind: DailyKind
  /** The quarter octaves before and after (`amountBin`). */
  readonly before: number
  readonly after: number
}

const noSteps: readonly DailyStep[] = []

/**
 * What one agent moved on each UTC day of its last six weeks, in quarter octaves, and exactly today and the day before. 272 bytes an agent,
 * once it has done anything: 8 numbers, and a byte for each of four kinds and 42 days.
 */
export class DailyAmounts {
  /** Day of the newest event believed, since 1970 UTC; 0: none. */
  private day = 0
  /** Of today, then of the day before. */
  private totals: Float64Array | null = null
  /** By day modulo `daysKept`, days up to the one before yesterday; 0: nothing. */
  private bins: Uint8Array | null = null
  /** What `toJSON` says of `bins`, which change once a day. */
  private packed = ''

  /**
   * Takes one event at its believed time. What is dated on a day before today counts today: no date takes an amount out of the days that are
   * judged, and only today is. A shipper that is behind as a whole has the day of its newest event.
   */
  take(event: AgentEvent, { time, received }: { time: number; received: number | null }): readonly DailyStep[] {
    const day = dayOf(time)
    if (day > this.day) this.goTo(day)
    if (this.totals === null) return noSteps
    const steps: DailyStep[] = []
    this.add(0, event.bytes_sent ?? 0, steps)
    this.add(1, received ?? 0, steps)
    this.add(2, event.records ?? 0, steps)
    this.add(3, 1, steps)
    return steps.length === 0 ? noSteps : steps
  }

  private add(kind: number, amount: number, steps: DailyStep[]): void {
    if (amount === 0) return
    const totals = this.totals as Float64Array
    const before = totals[kind] as number
    const total = Math.min(totalMax, before + amount)
    totals[kind] = total
    const [was, is] = [amountBin(before), amountBin(total)]
    if (is > was) steps.push({ kind: dailyKinds[kind] as DailyKind, before: was, after: is })
  }

  private goTo(day: number): void {
    const known = this.day
    this.day = day
    if (this.totals === null || this.bins === null) {
      this.totals = new Float64Array(2 * kinds)
      this.bins = new Uint8Array(daysKept * kinds)
      this.packed = ''
      return
    }
    const { totals } = this
    const today = totals.slice(0, kinds)
    this.keep(known - 1, totals.slice(kinds))
    totals.fill(0)
    if (day === known + 1) totals.set(today, kinds)
    else this.keep(known, today)
    // Days of which nothing was heard.
    for (let empty = Math.max(known + 1, day - daysKept - 1); empty < day - 1; empty++) this.keep(empty, null)
    this.packed = ''
  }

  private keep(day: number, totals: Float64Array | null): void {
    const bins = this.bins as Uint8Array
    const at = (day % daysKept) * kinds
    for (let kind = 0; kind < kinds; kind++)
      bins[at + kind] = totals === null ? 0 : Math.min(255, amountBin(totals[kind] as number))
  }

  /** Exactly, today's total so far. */
  today(kind: DailyKind): number {
    return this.totals?.[dailyKinds.indexOf(kind)] ?? 0
  }

  /** The total of the day so many days ago, from 1 to 43, in quarter octaves; 0: nothing. */
  binOf(kind: DailyKind, daysAgo: number): number {
    const at = dailyKinds.indexOf(kind)
    if (this.totals === null || this.bins === null || daysAgo > daysKept + 1) return 0
    if (daysAgo === 1) return amountBin(this.totals[kinds + at] as number)
    const day = this.day - daysAgo
    return day < 0 ? 0 : (this.bins[(day % daysKept) * kinds + at] as number)
  }

  /** For `JSON.stringify`; null for an agent of which nothing was heard. */
  toJSON(): StoredDailyAmounts {
    if (this.totals === null || this.bins === null) return null
    if (this.packed === '') this.packed = Buffer.from(this.bins).toString('base64')
    return [this.day, ...this.totals, this.packed]
  }

  /** @throws RangeError for a state of another form. */
  static fromState(state: StoredDailyAmounts | undefined): DailyAmounts {
    const amounts = new DailyAmounts()
    if (state === null || state === undefined) return amounts
    const packed = state.at(-1)
    const numbers = state.slice(0, -1) as number[]
    const bins = typeof packed === 'string' ? Buffer.from(packed, 'base64') : undefined
    if (bins?.length !== daysKept * kinds || numbers.length !== 1 + 2 * kinds)
      throw new RangeError(
        'stored daily amounts have another form: another program wrote them, start over with `straylight reset`',
      )
    amounts.day = numbers[0] as number
    amounts.totals = Float64Array.from(numbers.slice(1))
    amounts.bins = Uint8Array.from(bins)
    amounts.packed = packed as string
    return amounts
  }
}

/** The day, eight totals, and the days before in base64. */
export type StoredDailyAmounts = readonly (number | string)[] | null
