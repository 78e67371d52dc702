import { sessionStart } from '../event/event-shape.ts'
import type { Comparison } from './comparison.ts'
import { bytesText, percentInWords } from './counts-in-words.ts'
import { featureFamily, inPart, networkReads, type Sentence, yesNo } from './feature-family.ts'
import { dataFlow } from './flow/data-flow.ts'

/** ln(1 + bytes) that count as much read: 1.1 kB. */
const muchRead = 7

/** What the session had received before this event, in bytes; 0 where it is not known. */
export const bytesReadBefore = ({ shape }: Pick<Comparison, 'shape'>): number =>
  Math.max(0, shape.session_bytes_received - (shape.bytes_received ?? 0))

/** An instruction can only come from what was read, and is carried out by calls that write. */
const writeAfterReadingSentence: Sentence = (comparison) => {
  const { step } = comparison.shape
  return {
    seen: `${step} after ${bytesText(bytesReadBefore(comparison))} read in the session`,
    expected: `${percentInWords(comparison.writeShare())} of the tenant's calls of ${step} send more than they receive`,
  }
}

/**
 * What others may have said to the agent before this call: an order that hides in an output needs an output first. A late
 * event may have read what is not known yet: for it nothing_read is off.
 */
export const readingFamily = featureFamily({
  name: 'reading',
  question: 'What had the session read before?',
  features: {
    nothing_read: {
      ...yesNo,
      range: '0 to 1',
      formula:
        '1 − r, r = min(1, ln(1 + bytes received earlier in the session) / 7); only where the event does not say what its arguments held',
      needs: ['session', 'bytes_received'],
      cause: null,
      kept_because: `A factor of the sum without provenance. ${networkReads(0.25)}`,
    },
    write_after_reading: {
      ...inPart,
      formula: 'r × the share of the action’s calls in the tenant that send more than they get back',
      needs: ['session', 'bytes_received', 'bytes_sent'],
      cause: dataFlow,
      title: 'Writes after reading',
      sentence: writeAfterReadingSentence,
      weights: {
        with_provenance: { weight: 4, cap: 1 },
        without_provenance: { weight: 12, cap: 1 },
      },
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { shape } = comparison
    const read = Math.min(1, Math.log1p(bytesReadBefore(comparison)) / muchRead)
    const isKnown = read > 0 || (shape.previous_step === sessionStart && shape.bytes_received !== null)
    if (shape.flows === null && isKnown && !shape.late) out[at.nothing_read] = 1 - read
    if (read > 0 && shape.bytes_sent !== null) out[at.write_after_reading] = read * comparison.writeShare()
  },
})
