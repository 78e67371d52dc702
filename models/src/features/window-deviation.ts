import { type Amount, amounts, type Distinct, distincts, measureOf, windowKinds } from '../session/activity-windows.ts'
import { type Comparison, newTail, surprise, type Tail } from './comparison.ts'
import { featureIndex } from './feature.ts'
import { knownMin, tailExcess } from './tail-excess.ts'

interface WindowFeature {
  readonly feature: string
  readonly of: ReadonlySet<Amount | Distinct>
}

/** Which totals speak for which feature; of several measures and windows the one that stands out most. */
const windowFeatures: readonly WindowFeature[] = [
  { feature: 'window_excess', of: new Set(['sent', 'received', 'records']) },
  { feature: 'rate_excess', of: new Set(['events']) },
  { feature: 'destructive_excess', of: new Set(['destructive']) },
  { feature: 'refused_excess', of: new Set(['refused']) },
  { feature: 'fan_out_excess', of: new Set(distincts) },
]

/** Measure to the place of its feature in the vector. */
const places = new Map<string, number>()
const measures = new Map<string, Set<string>>()
for (const { feature, of } of windowFeatures) {
  const mine = new Set<string>()
  measures.set(feature, mine)
  for (const { name } of windowKinds)
    for (const what of [...amounts, ...distincts]) {
      if (!of.has(what)) continue
      places.set(measureOf(name, what), featureIndex(feature))
      mine.add(measureOf(name, what))
    }
}
const tailPlace = featureIndex('window_tail')

/** The measures of a feature, for its sentence. */
export const measuresOf = (feature: string): ReadonlySet<string> => measures.get(feature) ?? new Set()

/** The tail looked at. */
const asked = newTail()

const rarity = (tail: Tail): number => (tail.own + tail.peers < knownMin ? 0 : surprise(tail.p))

/**
 * How much within 5 minutes, an hour, a day of the agent's own clock, against all such windows of the agent and its peers
 * that came to their end. Looked at when an event takes a total into a higher octave, so each doubling is told once.
 * `*_excess` (nats, 0 to some 90): 2 an octave above the largest total known, from the second octave on; 0 below 10 known
 * windows. `window_tail` (nats): −ln P(as much or more) of the rarest measure, of volumes, rate, bursts and fan-out alike.
 * Needs: bytes_sent, bytes_received, records, outcome, destinations or resource, each for its own measure; time and action.
 */
export function windowDeviation(comparison: Comparison, out: Float64Array): void {
  for (const { measure, total } of comparison.shape.passed) {
    const tail = comparison.octaveTail(comparison.contextOf('window', measure), total, asked)
    const place = places.get(measure)
    if (place !== undefined) out[place] = Math.max(out[place] as number, tailExcess(tail))
    out[tailPlace] = Math.max(out[tailPlace] as number, rarity(tail))
  }
}
