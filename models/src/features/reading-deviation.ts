import { sessionStart } from '../event/event-shape.ts'
import type { Comparison } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = { nothing: featureIndex('nothing_read'), write: featureIndex('write_after_reading') }

/** ln(1 + bytes) that count as much read: 1.1 kB. */
const muchRead = 7

/**
 * What others may have told the agent before this call: an order that hides in an output needs an output first. With
 * r = ln(1 + bytes received earlier in the session) / 7, at most 1:
 * nothing_read = 1 − r, and 1 for the first call of a session that says what came back: told only where the event does not
 * say what its arguments held, for then nothing else says whether an output fed it. write_after_reading = r × the share of the step's calls in the
 * tenant that send more than they get back (`write-shares.ts`): orders are carried out by calls that write.
 * Needs bytes_received, the latter bytes_sent too. A late event may have read what is not told yet: for it nothing_read is off.
 * All that the session got stands for its largest output.
 */
export function readingDeviation(comparison: Comparison, out: Float64Array): void {
  const { shape } = comparison
  const read = Math.min(1, Math.log1p(bytesReadBefore(comparison)) / muchRead)
  const isKnown = read > 0 || (shape.previous_step === sessionStart && shape.bytes_received !== null)
  if (shape.flows === null && isKnown && !shape.late) out[at.nothing] = 1 - read
  if (read > 0 && shape.bytes_sent !== null) out[at.write] = read * comparison.writeShare()
}

/** What the session had received before this event, in bytes; 0 where it is not known. */
export const bytesReadBefore = ({ shape }: Pick<Comparison, 'shape'>): number =>
  Math.max(0, shape.session_bytes_received - (shape.bytes_received ?? 0))
