import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs, minuteMs } from '@straylight/schemas/duration'
import type { WindowTotal } from '@straylight/schemas/window-total'
import { amountBin } from '../event/amount-bin.ts'
import { destinationsIn } from '../event/destination.ts'
import { destructiveAction } from '../event/destructive-action.ts'
import { addName, distinctNames, sketchWords } from '../profile/distinct-sketch.ts'

/** Totals stop here (1 PiB), as those of sessions. */
const totalMax = 2 ** 50

/** What is added up in a window: amounts, events of a kind, and different names. */
export const amounts = ['sent', 'received', 'records', 'events', 'destructive', 'refused'] as const
export const distincts = ['destinations', 'resources', 'systems'] as const
export type Amount = (typeof amounts)[number]
export type Distinct = (typeof distincts)[number]

interface WindowKind {
  readonly name: string
  readonly length: number
  readonly amounts: readonly Amount[]
  readonly distincts: readonly Distinct[]
}

/**
 * The windows of every agent, in the order of `OpenWindows`. Few on purpose, for each total costs a profile three or
 * four counts: records of 5 minutes are mostly those of one event, rates and bursts of a day repeat what an hour says.
 */
export const windowKinds: readonly WindowKind[] = [
  { name: '5m', length: 5 * minuteMs, amounts: amounts.filter((amount) => amount !== 'records'), distincts: [] },
  { name: '1h', length: hourMs, amounts, distincts },
  { name: '1d', length: dayMs, amounts: ['sent', 'received', 'records'], distincts: [] },
]

/** A measure of a window, such as '1h sent': the context in which its totals are counted. */
export const measureOf = (window: string, what: Amount | Distinct): string => `${window} ${what}`

/** A kind with the names of its measures, which are the same for every event. */
interface MeasuredKind extends WindowKind {
  readonly amountMeasures: readonly string[]
  readonly distinctMeasures: readonly string[]
  /** Where its numbers stand among those of `OpenWindows`: when it began, its totals, its sketches. */
  readonly startedAt: number
  readonly totalsFrom: number
  readonly sketchesFrom: number
}

/** Numbers of one kind. */
const numbersOf = ({ amounts, distincts }: WindowKind): number => 1 + amounts.length + sketchWords * distincts.length
const startOf = (at: number): number => windowKinds.slice(0, at).reduce((sum, kind) => sum + numbersOf(kind), 0)
const numbersOfAll = startOf(windowKinds.length)

const measuredKinds: readonly MeasuredKind[] = windowKinds.map((kind, at) => ({
  ...kind,
  startedAt: startOf(at),
  totalsFrom: startOf(at) + 1,
  sketchesFrom: startOf(at) + 1 + kind.amounts.length,
  amountMeasures: kind.amounts.map((amount) => measureOf(kind.name, amount)),
  distinctMeasures: kind.distincts.map((distinct) => measureOf(kind.name, distinct)),
}))

/** All measures, in a fixed order: a stored total names its own by its place here. */
export const measures: readonly string[] = measuredKinds.flatMap((kind) => [
  ...kind.amountMeasures,
  ...kind.distinctMeasures,
])

/** Octave of an amount: ⌊log2(amount + 1)⌋, 0 to 50. */
export const octaveOf = (amount: number): number => amountBin(amount) >> 2

/**
 * The windows of one agent that are open. One begins with the first event after the one before it was full, and ends by its
 * length: so a quiet agent's burst is never cut in two, and a busy agent's at most in halves, one octave each.
 * All numbers stand in one list, since every agent has one; NaN: not begun, or no event said. Agents that had late events have
 * a second set behind the first: the windows that such events fill in their own time.
 */
export class OpenWindows {
  /** Made with the first event. */
  private numbers: Float64Array | null = null

  get begun(): Float64Array {
    this.numbers ??= new Float64Array(numbersOfAll).fill(Number.NaN)
    return this.numbers
  }

  /** The second set, for late events: numbers from `numbersOfAll` on. */
  get begunLate(): Float64Array {
    const { begun } = this
    if (begun.length > numbersOfAll) return begun
    const both = new Float64Array(2 * numbersOfAll).fill(Number.NaN)
    both.set(begun)
    this.numbers = both
    return both
  }

  /** For `JSON.stringify`; null for NaN. */
  toJSON(): (number | null)[] {
    return Array.from(this.numbers ?? [], (value) => (Number.isNaN(value) ? null : value))
  }

  /** @throws RangeError for a list of another form. */
  static fromState(state: readonly (number | null)[]): OpenWindows {
    const windows = new OpenWindows()
    if (state.length === 0) return windows
    if (state.length !== numbersOfAll && state.length !== 2 * numbersOfAll)
      throw new RangeError(
        `stored windows have ${state.length} numbers and not ${numbersOfAll}: another program wrote them, start over with \`straylight reset\``,
      )
    windows.numbers = Float64Array.from(state, (value) => value ?? Number.NaN)
    return windows
  }
}

function beginWindow({ startedAt, sketchesFrom, distincts }: MeasuredKind, numbers: Float64Array, time: number): void {
  numbers[startedAt] = time
  numbers.fill(Number.NaN, startedAt + 1, sketchesFrom)
  numbers.fill(0, sketchesFrom, sketchesFrom + sketchWords * distincts.length)
}

/** As far back the windows reach: the longest one. */
const reachMs = Math.max(...windowKinds.map(({ length }) => length))

/** The same kind in the second set. */
const lateKinds: readonly MeasuredKind[] = measuredKinds.map((kind) => ({
  ...kind,
  startedAt: kind.startedAt + numbersOfAll,
  totalsFrom: kind.totalsFrom + numbersOfAll,
  sketchesFrom: kind.sketchesFrom + numbersOfAll,
}))

/** Whether an event so much older than its agent's clock fills a window of its own time: the open one is not it, and it is not beyond reach. */
const fillsLateWindow = ({ length }: WindowKind, ageMs: number): boolean => ageMs >= length && ageMs <= reachMs

/** What an event adds to an amount; `null`: it does not say. */
function addedBy(amount: Amount, event: AgentEvent, received: number | null): number | null {
  switch (amount) {
    case 'sent':
      return event.bytes_sent ?? null
    case 'received':
      return received
    case 'records':
      return event.records ?? null
    case 'events':
      return 1
    case 'destructive':
      return destructiveAction(event.action) ? 1 : 0
    case 'refused':
      return event.outcome === undefined ? null : event.outcome === 'success' ? 0 : 1
  }
}

/** Adds an event's names; false where it has none. */
function addNamesOf(distinct: Distinct, event: AgentEvent, numbers: Float64Array, sketch: number): boolean {
  if (distinct === 'systems') addName(numbers, sketch, event.system)
  else if (distinct === 'resources') {
    if (event.resource === undefined) return false
    addName(numbers, sketch, event.resource)
  } else {
    const { destinations } = event
    if (destinations === undefined || destinations.length === 0) return false
    for (const text of destinations) for (const { key } of destinationsIn(text)) addName(numbers, sketch, key)
  }
  return true
}

function addClosedTotals(kind: MeasuredKind, numbers: Float64Array, closed: WindowTotal[]): void {
  for (let at = 0; at < kind.amounts.length; at++) {
    const total = numbers[kind.totalsFrom + at] as number
    if (!Number.isNaN(total)) closed.push({ measure: kind.amountMeasures[at] as string, total })
  }
  for (let at = 0; at < kind.distincts.length; at++) {
    const total = distinctNames(numbers, kind.sketchesFrom + sketchWords * at)
    if (total > 0) closed.push({ measure: kind.distinctMeasures[at] as string, total })
  }
}

export interface FollowedWindows {
  /** Totals of the windows that this event found full: what counting learns, one count a window. */
  readonly closed: readonly WindowTotal[]
  /**
   * Totals that this event took into a higher octave: what is judged. So a window that runs over tells each doubling
   * once, by the event that made it, and not with every event until it ends.
   */
  readonly passed: readonly WindowTotal[]
}

/**
 * Takes one event into its windows. `windows` are the clock's own, changed in place; `time`: the event's, as far as it is
 * believed; `ageMs`: by how much it is older than its agent's clock (0: it is not late).
 *
 * A late event counts in the open window while it is not older than that window is long. Older, up to a day, it counts in a
 * window of late events, which goes forward in their own time: a shipper hours behind fills the windows that it would have filled.
 * Older still, it counts in the open window again: no date takes an event out of all windows, and only the clock, which
 * no sender puts ahead of the log, makes an open one end.
 */
export function followWindows(
  windows: OpenWindows,
  event: AgentEvent,
  { received, time, ageMs }: { received: number | null; time: number; ageMs: number },
): FollowedWindows {
  const closed: WindowTotal[] = []
  const passed: WindowTotal[] = []
  let numbers = windows.begun
  for (let at = 0; at < measuredKinds.length; at++) {
    let kind = measuredKinds[at] as MeasuredKind
    if (ageMs > 0 && fillsLateWindow(kind, ageMs)) {
      numbers = windows.begunLate
      kind = lateKinds[at] as MeasuredKind
    }
    const started = numbers[kind.startedAt] as number
    const isOpen = !Number.isNaN(started)
    if (!isOpen || time - started >= kind.length) {
      if (isOpen) addClosedTotals(kind, numbers, closed)
      beginWindow(kind, numbers, time)
    }
    addAmounts(kind, numbers, event, received, passed)
    addNames(kind, numbers, event, passed)
  }
  return { closed, passed }
}

function addAmounts(
  kind: MeasuredKind,
  numbers: Float64Array,
  event: AgentEvent,
  received: number | null,
  passed: WindowTotal[],
): void {
  for (let at = 0; at < kind.amounts.length; at++) {
    const more = addedBy(kind.amounts[at] as Amount, event, received)
    if (more === null) continue
    const known = numbers[kind.totalsFrom + at] as number
    const before = Number.isNaN(known) ? 0 : known
    const total = Math.min(totalMax, before + more)
    numbers[kind.totalsFrom + at] = total
    if (octaveOf(total) > octaveOf(before)) passed.push({ measure: kind.amountMeasures[at] as string, total })
  }
}

function addNames(kind: MeasuredKind, numbers: Float64Array, event: AgentEvent, passed: WindowTotal[]): void {
  for (let at = 0; at < kind.distincts.length; at++) {
    const sketch = kind.sketchesFrom + sketchWords * at
    const before = distinctNames(numbers, sketch)
    if (!addNamesOf(kind.distincts[at] as Distinct, event, numbers, sketch)) continue
    const total = distinctNames(numbers, sketch)
    if (octaveOf(total) > octaveOf(before)) passed.push({ measure: kind.distinctMeasures[at] as string, total })
  }
}
