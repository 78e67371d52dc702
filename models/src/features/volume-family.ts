import type { Family } from '../profile/profile-key.ts'
import { type Comparison, newTail, surprise } from './comparison.ts'
import { bytesText, largest, whole } from './counts-in-words.ts'
import { type FeatureCause, featureFamily, inNats, octavesAbove, type Sentence } from './feature-family.ts'
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

interface Amount {
  readonly family: Family
  readonly amount: number
  readonly text: string
}

/** Of the amounts of an event the one that goes furthest beyond the largest known. */
function furthestAmount(comparison: Comparison): Amount {
  const { shape } = comparison
  const candidates: Amount[] = []
  if (shape.bytes_sent !== null)
    candidates.push({ family: 'sent', amount: shape.bytes_sent, text: `${bytesText(shape.bytes_sent)} sent` })
  if (shape.bytes_received !== null)
    candidates.push({
      family: 'received',
      amount: shape.bytes_received,
      text: `${bytesText(shape.bytes_received)} received`,
    })
  if (shape.records !== null)
    candidates.push({ family: 'records', amount: shape.records, text: `${whole(shape.records)} records` })
  const excess = ({ family, amount }: Amount) =>
    comparison.tail(comparison.contextOf(family, shape.step), amount).excess
  return candidates.sort((a, b) => excess(b) - excess(a))[0] ?? { family: 'sent', amount: 0, text: 'no amount' }
}

const amountSentence: Sentence = (c) => {
  const { family, amount, text } = furthestAmount(c)
  return { expected: largest(c, family, c.shape.step, amount), seen: `${text} by ${c.shape.step}` }
}
const sentSentence: Sentence = (c) => ({
  expected: largest(c, 'sent', c.shape.step, c.shape.bytes_sent ?? 0),
  seen: `${bytesText(c.shape.bytes_sent ?? 0)} sent by ${c.shape.step}`,
})
const receivedSentence: Sentence = (c) => ({
  expected: largest(c, 'received', c.shape.step, c.shape.bytes_received ?? 0),
  seen: `${bytesText(c.shape.bytes_received ?? 0)} received by ${c.shape.step}`,
})
const recordsSentence: Sentence = (c) => ({
  expected: largest(c, 'records', c.shape.step, c.shape.records ?? 0),
  seen: `${whole(c.shape.records ?? 0)} records by ${c.shape.step}`,
})

/** Of the two totals of a session the one that stands out more. */
function largestTotal(c: Comparison): string {
  const { session_bytes_sent: sent, session_bytes_received: received } = c.shape
  const [out, into] = [c.tail(c.keys.sessionSent, sent), c.tail(c.keys.sessionReceived, received)]
  const isSent = out.excess === into.excess ? out.p < into.p : out.excess > into.excess
  return isSent
    ? `sent: ${largest(c, 'sessionSent', '', sent)}`
    : `received: ${largest(c, 'sessionReceived', '', received)}`
}
const sessionSentence: Sentence = (c) => ({
  expected: largestTotal(c),
  seen: `session has received ${bytesText(c.shape.session_bytes_received)} and sent ${bytesText(c.shape.session_bytes_sent)}`,
})

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
      title: 'unusual size',
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
      kept_because: 'The network reads it.',
    },
    received_surprise: {
      ...inNats,
      formula: '−ln P(quarter-octave bin of bytes received | action)',
      needs: ['bytes_received'],
      cause: volume,
      title: 'unusual size of what came back',
      sentence: receivedSentence,
      weights: { without_provenance: { weight: 0.25, cap: 8 } },
    },
    received_tail: {
      ...inNats,
      formula: '−ln P(as many bytes received or more | action)',
      needs: ['bytes_received'],
      cause: volume,
      kept_because: 'The network reads it.',
    },
    records_tail: {
      ...inNats,
      formula: '−ln P(as many records or more | action)',
      needs: ['records'],
      cause: volume,
      title: 'unusually many records',
      sentence: recordsSentence,
      weights: inBothSums(0.5, 8),
    },
    amount_excess: {
      ...octavesAbove,
      formula:
        '2 nats for each octave above twice the largest amount known of agent and peers (bytes received: four times); for what tails of short histories cannot say; 0 below 10 known amounts',
      needs: ['bytes_sent', 'bytes_received', 'records'],
      cause: volume,
      title: 'far more than ever',
      sentence: amountSentence,
      weights: inBothSums(6, 16),
    },
    session_sent_tail: {
      ...inNats,
      formula: '−ln P(session has sent as much or more)',
      needs: ['session', 'bytes_sent'],
      cause: sessionVolume,
      kept_because: 'The network reads it.',
    },
    session_received_tail: {
      ...inNats,
      formula: '−ln P(session has received as much or more)',
      needs: ['session', 'bytes_received'],
      cause: sessionVolume,
      kept_because: 'The network reads it.',
    },
    session_excess: {
      ...octavesAbove,
      formula: '2 nats for each octave of the session’s totals above twice the largest known of agent and peers',
      needs: ['session', 'bytes_sent', 'bytes_received'],
      cause: sessionVolume,
      title: 'session moves far more than ever',
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
