import { counted } from '@straylight/schemas/counted'
import { type Comparison, newTail, surprise } from './comparison.ts'
import { bytesText, largestKnown, largestOf } from './counts-in-words.ts'
import {
  type FeatureCause,
  featureFamily,
  inNats,
  networkReads,
  octavesAbove,
  type Sentence,
} from './feature-family.ts'
import { unseenAmountBin } from './priors.ts'
import { inBothSums } from './sum-weights.ts'
import { tailExcess } from './tail-excess.ts'

const techniques = ['OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086']
const volume: FeatureCause = { name: 'volume', techniques }
const sessionVolume: FeatureCause = { name: 'session_volume', techniques }

/** Octaves above the largest answer of a step that are ordinary: what comes back is of others' making. */
const ordinaryAnswer = 2

/** The tail looked at: each is read before the next is asked for. */
const asked = newTail()

type AmountFamily = 'sent' | 'received' | 'records'

const amountInWords = (family: AmountFamily, amount: number): string =>
  family === 'records' ? counted(Math.round(amount), 'record') : bytesText(amount)
const movedInWords = (family: AmountFamily, amount: number): string =>
  family === 'records' ? amountInWords(family, amount) : `${bytesText(amount)} ${family}`

const amountsOf = ({ shape }: Comparison): Readonly<Record<AmountFamily, number | null>> => ({
  sent: shape.bytes_sent,
  received: shape.bytes_received,
  records: shape.records,
})

/** Tells one amount of a call, against the largest known. */
const amountSentence =
  (family: AmountFamily): Sentence =>
  (c) => {
    const { step } = c.shape
    const amount = amountsOf(c)[family] ?? 0
    const tail = c.tail(c.contextOf(family, step), amount)
    const largest = amountInWords(family, largestKnown(amount, tail))
    return {
      expected: largestOf(c, tail, { noun: 'earlier call', largest }),
      seen: `${movedInWords(family, amount)} by ${step}`,
    }
  }

const sentSentence = amountSentence('sent')
const receivedSentence = amountSentence('received')
const recordsSentence = amountSentence('records')

/** Of the amounts of an event the one that goes furthest beyond the largest known. */
const furthestSentence: Sentence = (c) => {
  const amounts = amountsOf(c)
  const reported = (['sent', 'received', 'records'] as const).filter((family) => amounts[family] !== null)
  const excess = (family: AmountFamily) => c.tail(c.contextOf(family, c.shape.step), amounts[family] ?? 0).excess
  const [furthest = 'sent'] = reported.sort((a, b) => excess(b) - excess(a))
  return amountSentence(furthest)(c)
}

/** Of the two totals of a session the one that stands out more. */
const sessionSentence: Sentence = (c) => {
  const { session_bytes_sent: sent, session_bytes_received: received } = c.shape
  const [out, into] = [c.tail(c.keys.sessionSent, sent), c.tail(c.keys.sessionReceived, received)]
  const isSent = out.excess === into.excess ? out.p < into.p : out.excess > into.excess
  const [tail, amount, superlative] = isSent ? [out, sent, 'most sent of'] : [into, received, 'most received of']
  return {
    expected: largestOf(c, tail, {
      noun: 'earlier session total',
      largest: bytesText(largestKnown(amount, tail)),
      superlative,
    }),
    seen: `${bytesText(received)} received and ${bytesText(sent)} sent in one session`,
  }
}

/** Amounts are kept in bins of a quarter octave. Session totals are set against all the agent's session totals so far. */
export const volumeFamily = featureFamily({
  name: 'volume',
  question: 'How much was moved?',
  features: {
    sent_surprise: {
      ...inNats,
      formula: '−ln P(quarter-octave bin of bytes sent | action)',
      needs: ['bytes_sent'],
      cause: volume,
      title: 'Unusual amount sent',
      sentence: sentSentence,
      weights: {
        with_provenance: { weight: 0.5, cap: 6 },
        without_provenance: { weight: 0.25, cap: 8 },
      },
    },
    sent_tail: {
      ...inNats,
      formula: '−ln P(as many bytes sent or more | action)',
      needs: ['bytes_sent'],
      cause: volume,
      kept_because: networkReads(0.86),
    },
    received_surprise: {
      ...inNats,
      formula: '−ln P(quarter-octave bin of bytes received | action)',
      needs: ['bytes_received'],
      cause: volume,
      title: 'Unusual amount received',
      sentence: receivedSentence,
      weights: { without_provenance: { weight: 0.25, cap: 8 } },
    },
    received_tail: {
      ...inNats,
      formula: '−ln P(as many bytes received or more | action)',
      needs: ['bytes_received'],
      cause: volume,
      kept_because: networkReads(0.64),
    },
    records_tail: {
      ...inNats,
      formula: '−ln P(as many records or more | action)',
      needs: ['records'],
      cause: volume,
      title: 'Unusually many records',
      sentence: recordsSentence,
      weights: inBothSums(0.5, 8),
    },
    amount_excess: {
      ...octavesAbove,
      formula:
        '2 nats for each octave above twice the largest amount known of agent and peers (bytes received: four times); for what tails of short histories cannot say; 0 below 10 known amounts',
      needs: ['bytes_sent', 'bytes_received', 'records'],
      cause: volume,
      title: 'Far larger than any earlier call',
      sentence: furthestSentence,
      weights: inBothSums(6, 16),
    },
    session_sent_tail: {
      ...inNats,
      formula: '−ln P(session has sent as much or more)',
      needs: ['session', 'bytes_sent'],
      cause: sessionVolume,
      kept_because: networkReads(0.28),
    },
    session_received_tail: {
      ...inNats,
      formula: '−ln P(session has received as much or more)',
      needs: ['session', 'bytes_received'],
      cause: sessionVolume,
      kept_because: networkReads(0.17),
    },
    session_excess: {
      ...octavesAbove,
      formula: '2 nats for each octave of the session’s totals above twice the largest known of agent and peers',
      needs: ['session', 'bytes_sent', 'bytes_received'],
      cause: sessionVolume,
      title: 'Session moves far more than any earlier one',
      sentence: sessionSentence,
      weights: inBothSums(0.5, 8),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { shape, keys } = comparison
    let excess = 0
    if (shape.bytes_sent !== null && keys.sent !== null) {
      out[at.sent_surprise] = surprise(comparison.probability(keys.sent, unseenAmountBin))
      const tail = comparison.tail(keys.sent.of, shape.bytes_sent, asked)
      out[at.sent_tail] = surprise(tail.p)
      excess = Math.max(excess, tailExcess(tail))
    }
    if (shape.bytes_received !== null && keys.received !== null) {
      out[at.received_surprise] = surprise(comparison.probability(keys.received, unseenAmountBin))
      const tail = comparison.tail(keys.received.of, shape.bytes_received, asked)
      out[at.received_tail] = surprise(tail.p)
      excess = Math.max(excess, tailExcess(tail, ordinaryAnswer))
    }
    if (shape.records !== null) {
      const tail = comparison.tail(keys.step.records, shape.records, asked)
      out[at.records_tail] = surprise(tail.p)
      excess = Math.max(excess, tailExcess(tail))
    }
    out[at.amount_excess] = excess
    const sent = comparison.tail(keys.sessionSent, shape.session_bytes_sent, asked)
    out[at.session_sent_tail] = surprise(sent.p)
    const sentExcess = tailExcess(sent)
    const received = comparison.tail(keys.sessionReceived, shape.session_bytes_received, asked)
    out[at.session_received_tail] = surprise(received.p)
    out[at.session_excess] = Math.max(sentExcess, tailExcess(received))
  },
})
