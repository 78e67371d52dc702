import type { SignalLevel } from '../event/event-circumstances.ts'
import { signalContext } from '../profile/profile-key.ts'
import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = featureIndex('signal_tail')

/** Levels of a signal: 0 to 20 twentieths. */
const levels = 21

/** −ln P(as much or more of this signal | step); where nobody knows it, the guard's own number is believed. */
export function signalSurprise(comparison: Comparison, { name, level }: SignalLevel): number {
  const context = comparison.contextOf('signal', signalContext(comparison.shape.step, name))
  const base = (levels - level) / levels
  return surprise(comparison.binTail(context, level, base).p)
}

/**
 * What other guards say: signal_tail (nats, 0 to 28) is the rarest of the event's signals, each against what this agent, its
 * peers and its tenant usually get for the same step: a classifier that always cries at one tool is no news there.
 * Needs signals.
 */
export function signalDeviation(comparison: Comparison, out: Float64Array): void {
  for (const signal of comparison.shape.signals)
    out[at] = Math.max(out[at] as number, signalSurprise(comparison, signal))
}
