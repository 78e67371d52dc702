import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { WindowTotal } from '@straylight/schemas/window-total'
import { amountBin } from './amount-bin.ts'
import { destructiveAction } from './destructive-action.ts'
import { addName, type DistinctSketch, distinctNames, emptySketch } from './distinct-sketch.ts'

const minute = 60_000
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
 * The windows of every agent, in the order of `AgentClock.windows`. Few on purpose, for each total costs a profile three or
 * four counts: records of 5 minutes are mostly those of one event, rates and bursts of a day repeat what an hour says.
 */
export const windowKinds: readonly WindowKind[] = [
  { name: '5m', length: 5 * minute, amounts: amounts.filter((amount) => amount !== 'records'), distincts: [] },
  { name: '1h', length: 60 * minute, amounts, distincts },
  { name: '1d', length: 24 * 60 * minute, amounts: ['sent', 'received', 'records'], distincts: [] },
]

/**
 * A window that is open: it begins with the first event after the one before it was full, and ends by its length. So a
 * quiet agent's burst is never cut in two, and a busy agent's at most in halves, one octave each.
 */
export interface OpenWindow {
  started_at: number
  /** In the order of the kind's amounts; `null`: no event said. */
  readonly totals: (number | null)[]
  /** In the order of the kind's distincts. */
  readonly names: DistinctSketch[]
}

/** A measure of a window, such as '1h sent': the context in which its totals are counted. */
export const measureOf = (window: string, what: Amount | Distinct): string => `${window} ${what}`

/** A kind with the names of its measures, which are the same for every event. */
interface MeasuredKind extends WindowKind {
  readonly amountMeasures: readonly string[]
  readonly distinctMeasures: readonly string[]
}

const measuredKinds: readonly MeasuredKind[] = windowKinds.map((kind) => ({
  ...kind,
  amountMeasures: kind.amounts.map((amount) => measureOf(kind.name, amount)),
  distinctMeasures: kind.distincts.map((distinct) => measureOf(kind.name, distinct)),
}))

/** Octave of an amount: ⌊log2(amount + 1)⌋, 0 to 50. */
export const octaveOf = (amount: number): number => amountBin(amount) >> 2

const newWindow = (kind: WindowKind, time: number): OpenWindow => ({
  started_at: time,
  totals: kind.amounts.map(() => null),
  names: kind.distincts.map(emptySketch),
})

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
function addNamesOf(distinct: Distinct, event: AgentEvent, sketch: DistinctSketch): boolean {
  if (distinct === 'systems') addName(sketch, event.system)
  else if (distinct === 'resources') {
    if (event.resource === undefined) return false
    addName(sketch, event.resource)
  } else {
    const { destinations } = event
    if (destinations === undefined || destinations.length === 0) return false
    for (const destination of destinations) addName(sketch, destination)
  }
  return true
}

function addClosedTotals(kind: MeasuredKind, window: OpenWindow, closed: WindowTotal[]): void {
  for (let at = 0; at < kind.amounts.length; at++) {
    const total = window.totals[at] as number | null
    if (total !== null) closed.push({ measure: kind.amountMeasures[at] as string, total })
  }
  for (let at = 0; at < kind.distincts.length; at++) {
    const total = distinctNames(window.names[at] as DistinctSketch)
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

/** Takes one event in the agent's order, not a late one. `windows` is the clock's own, changed in place. */
export function followWindows(windows: OpenWindow[], event: AgentEvent, received: number | null): FollowedWindows {
  const closed: WindowTotal[] = []
  const passed: WindowTotal[] = []
  for (let at = 0; at < measuredKinds.length; at++) {
    const kind = measuredKinds[at] as MeasuredKind
    let window = windows[at]
    if (window === undefined || event.time - window.started_at >= kind.length) {
      if (window !== undefined) addClosedTotals(kind, window, closed)
      window = newWindow(kind, event.time)
      windows[at] = window
    }
    addAmounts(kind, window, event, received, passed)
    addNames(kind, window, event, passed)
  }
  return { closed, passed }
}

function addAmounts(
  kind: MeasuredKind,
  window: OpenWindow,
  event: AgentEvent,
  received: number | null,
  passed: WindowTotal[],
): void {
  for (let at = 0; at < kind.amounts.length; at++) {
    const more = addedBy(kind.amounts[at] as Amount, event, received)
    if (more === null) continue
    const before = window.totals[at] ?? 0
    const total = Math.min(totalMax, before + more)
    window.totals[at] = total
    if (octaveOf(total) > octaveOf(before)) passed.push({ measure: kind.amountMeasures[at] as string, total })
  }
}

function addNames(kind: MeasuredKind, window: OpenWindow, event: AgentEvent, passed: WindowTotal[]): void {
  for (let at = 0; at < kind.distincts.length; at++) {
    const sketch = window.names[at] as DistinctSketch
    const before = distinctNames(sketch)
    if (!addNamesOf(kind.distincts[at] as Distinct, event, sketch)) continue
    const total = distinctNames(sketch)
    if (octaveOf(total) > octaveOf(before)) passed.push({ measure: kind.distinctMeasures[at] as string, total })
  }
}
