import { type Comparison, newTail, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'
import { tailExcess } from './tail-excess.ts'

const at = {
  sentSurprise: featureIndex('sent_surprise'),
  sentTail: featureIndex('sent_tail'),
  receivedSurprise: featureIndex('received_surprise'),
  receivedTail: featureIndex('received_tail'),
  recordsTail: featureIndex('records_tail'),
  amountExcess: featureIndex('amount_excess'),
  sessionSentTail: featureIndex('session_sent_tail'),
  sessionReceivedTail: featureIndex('session_received_tail'),
  sessionExcess: featureIndex('session_excess'),
}

/** Octaves above the largest answer of a step that are ordinary: what comes back is of others' making. */
const ordinaryAnswer = 2

/** The tail looked at: each is read before the next is asked for. */
const asked = newTail()

/**
 * How much moved. *_surprise = −ln P(quarter-octave bin | step); *_tail = −ln P(as much or more | step);
 * amount_excess and session_excess: 2 nats an octave above two times the largest known (of what came back: four times), for
 * what tails of short histories cannot say.
 * Session totals are set against all the agent's session totals so far.
 */
export function volumeDeviation(comparison: Comparison, out: Float64Array): void {
  const { shape, keys } = comparison
  let excess = 0
  if (shape.bytes_sent !== null && keys.sent !== null) {
    out[at.sentSurprise] = surprise(comparison.probability(keys.sent, 0.02))
    const tail = comparison.tail(keys.sent.of, shape.bytes_sent, asked)
    out[at.sentTail] = surprise(tail.p)
    excess = Math.max(excess, tailExcess(tail))
  }
  if (shape.bytes_received !== null && keys.received !== null) {
    out[at.receivedSurprise] = surprise(comparison.probability(keys.received, 0.02))
    const tail = comparison.tail(keys.received.of, shape.bytes_received, asked)
    out[at.receivedTail] = surprise(tail.p)
    excess = Math.max(excess, tailExcess(tail, ordinaryAnswer))
  }
  if (shape.records !== null) {
    const tail = comparison.tail(keys.step.records, shape.records, asked)
    out[at.recordsTail] = surprise(tail.p)
    excess = Math.max(excess, tailExcess(tail))
  }
  out[at.amountExcess] = excess
  const sent = comparison.tail(keys.sessionSent, shape.session_bytes_sent, asked)
  out[at.sessionSentTail] = surprise(sent.p)
  const sentExcess = tailExcess(sent)
  const received = comparison.tail(keys.sessionReceived, shape.session_bytes_received, asked)
  out[at.sessionReceivedTail] = surprise(received.p)
  out[at.sessionExcess] = Math.max(sentExcess, tailExcess(received))
}
