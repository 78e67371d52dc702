import {
  type Amount,
  amounts,
  type Distinct,
  distincts,
  measureOf,
  octaveOf,
  windowKinds,
} from '../session/activity-windows.ts'
import { newTail, surprise, type Tail } from './comparison.ts'
import { bytesText, largestOf, numbered, octaveTop } from './counts-in-words.ts'
import {
  type FeatureCause,
  featureFamily,
  inNats,
  networkReads,
  octavesAbove,
  type Sentence,
} from './feature-family.ts'
import { amountsKnownMin } from './priors.ts'
import { inBothSums } from './sum-weights.ts'
import { tailExcess } from './tail-excess.ts'

const windowVolume: FeatureCause = {
  name: 'window_volume',
  techniques: ['OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
}
const rate: FeatureCause = {
  name: 'rate',
  techniques: ['OWASP:ASI02', 'OWASP:ASI10', 'OWASP:LLM10:2025', 'ATLAS:AML.T0034'],
}
const destructiveBurst: FeatureCause = {
  name: 'destructive_burst',
  techniques: ['OWASP:ASI02', 'OWASP:ASI10', 'OWASP:LLM06:2025', 'ATLAS:AML.TA0011'],
}
const refusedBurst: FeatureCause = { name: 'refused_burst', techniques: ['OWASP:ASI03', 'ATLAS:AML.TA0008'] }
const fanOut: FeatureCause = { name: 'fan_out', techniques: ['OWASP:ASI02', 'OWASP:ASI10', 'ATLAS:AML.TA0008'] }

type Totalled = Amount | Distinct

/** Which totals speak for which feature; of several measures and windows the one that stands out most. */
const totals = {
  window_excess: ['sent', 'received', 'records'],
  rate_excess: ['events'],
  destructive_excess: ['destructive'],
  refused_excess: ['refused'],
  fan_out_excess: distincts,
} as const satisfies Record<string, readonly Totalled[]>
type WindowFeature = keyof typeof totals

/** The feature of each measure, such as '1h sent'. */
const featureOf = new Map<string, WindowFeature>()
for (const [feature, of] of Object.entries(totals) as [WindowFeature, readonly Totalled[]][])
  for (const { name } of windowKinds)
    for (const what of [...amounts, ...distincts]) if (of.includes(what)) featureOf.set(measureOf(name, what), feature)

const windowNames: Readonly<Record<string, string>> = { '5m': '5 minutes', '1h': 'an hour', '1d': 'a day' }
const earlierWindows: Readonly<Record<string, string>> = {
  '5m': 'earlier window of 5 minutes',
  '1h': 'earlier hour',
  '1d': 'earlier day',
}
const amountNames: Readonly<Record<string, string>> = {
  records: 'record',
  events: 'call',
  destructive: 'call to delete, reset or remove',
  refused: 'failed or denied call',
  destinations: 'different destination',
  resources: 'different resource',
  systems: 'different system',
}

/** '1h sent' with its total: '5.0 GB sent within an hour'. */
function totalInWords(measure: string, total: number): string {
  const [window = '', what = ''] = measure.split(' ')
  return `${amountInWords(what, total)} within ${windowNames[window] ?? window}`
}

const amountInWords = (what: string, total: number): string =>
  what === 'sent' || what === 'received' ? `${bytesText(total)} ${what}` : numbered(total, amountNames[what] ?? what)

/** Of the totals that speak for a feature the one that stands out most. */
const sentenceOf =
  (feature: WindowFeature): Sentence =>
  (comparison) => {
    const found: { measure: string; total: number; tail: Tail }[] = []
    for (const { measure, total } of comparison.shape.passed) {
      if (featureOf.get(measure) !== feature) continue
      found.push({ measure, total, tail: comparison.octaveTail(comparison.contextOf('window', measure), total) })
    }
    const [most] = found.sort((a, b) => b.tail.excess - a.tail.excess || a.tail.p - b.tail.p)
    if (most === undefined) return { expected: 'no total stands out', seen: comparison.shape.step }
    const [window = '', what = ''] = most.measure.split(' ')
    const expected = largestOf(comparison, most.tail, {
      noun: earlierWindows[window] ?? 'earlier window',
      largest: amountInWords(what, octaveTop(octaveOf(most.total) - most.tail.excess)),
      superlative: 'most in',
    })
    return { expected, seen: totalInWords(most.measure, most.total) }
  }

/** The tail looked at. */
const asked = newTail()

const rarityOf = (tail: Tail): number => (tail.own + tail.peers < amountsKnownMin ? 0 : surprise(tail.p))

/**
 * Amounts double by themselves; how often an agent calls hardly does: of 8,200 ordinary sessions of two fleets one had twice the count of any
 * window before. So the first doubling all but alerts. The cap keeps a count from saying more than 72 nats, since a job that catches up is fast, too.
 */
const countsInBothSums = (weight: number) => inBothSums(weight, 3)

const excessOf = (what: string): string =>
  `2 nats for each octave of ${what} above twice the largest total known of agent and peers; 0 below 10 known windows`

/**
 * Totals of 5 minutes, an hour, a day of the agent's own clock, against all such windows of the agent and its peers that came
 * to their end. Looked at when an event takes a total into a higher octave, so each doubling is reported once.
 */
export const windowFamily = featureFamily({
  name: 'windows',
  question: 'How much within 5 minutes, an hour, a day?',
  features: {
    window_tail: {
      ...inNats,
      formula: '−ln P(as much or more) of the rarest total: volumes, rate, bursts and fan-out alike',
      needs: [],
      cause: windowVolume,
      kept_because: networkReads(0.09),
    },
    window_excess: {
      ...octavesAbove,
      formula: excessOf('bytes sent, bytes received or records'),
      needs: ['bytes_sent', 'bytes_received', 'records'],
      cause: windowVolume,
      title: 'Far more moved than in any earlier window',
      sentence: sentenceOf('window_excess'),
      weights: inBothSums(2.5, 12),
    },
    rate_excess: {
      ...octavesAbove,
      formula: excessOf('calls'),
      needs: [],
      cause: rate,
      title: 'Far more calls than in any earlier window',
      sentence: sentenceOf('rate_excess'),
      weights: countsInBothSums(15),
    },
    destructive_excess: {
      ...octavesAbove,
      formula: excessOf('destructive calls'),
      needs: [],
      cause: destructiveBurst,
      title: 'Burst of destructive calls',
      sentence: sentenceOf('destructive_excess'),
      weights: inBothSums(15, 4),
    },
    refused_excess: {
      ...octavesAbove,
      formula: excessOf('calls failed or denied'),
      needs: ['outcome'],
      cause: refusedBurst,
      title: 'Burst of refused calls',
      sentence: sentenceOf('refused_excess'),
      // A failed call counts half (`outcomeFactor`), and every one of these failed.
      weights: countsInBothSums(30),
    },
    fan_out_excess: {
      ...octavesAbove,
      formula: excessOf('different destinations, resources or systems'),
      needs: ['destinations', 'resource'],
      cause: fanOut,
      title: 'Far more targets than in any earlier window',
      sentence: sentenceOf('fan_out_excess'),
      weights: countsInBothSums(15),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    for (const { measure, total } of comparison.shape.passed) {
      const tail = comparison.octaveTail(comparison.contextOf('window', measure), total, asked)
      const feature = featureOf.get(measure)
      if (feature !== undefined) out[at[feature]] = Math.max(out[at[feature]] as number, tailExcess(tail))
      out[at.window_tail] = Math.max(out[at.window_tail] as number, rarityOf(tail))
    }
  },
})
