import type { SignalLevel } from '../event/event-circumstances.ts'
import { signalContext } from '../profile/profile-key.ts'
import { type Comparison, surprise, type Tail } from './comparison.ts'
import { largestOf } from './counts-in-words.ts'
import { type FeatureCause, featureFamily, inNats, type Sentence } from './feature-family.ts'
import { inBothSums } from './sum-weights.ts'

const guardSignal: FeatureCause = {
  name: 'guard_signal',
  techniques: ['OWASP:ASI01', 'OWASP:LLM01:2025', 'ATLAS:AML.T0051'],
}

/** Levels of a signal: 0 to 20 twentieths. */
const twentieths = 20
const levels = twentieths + 1

/** As much or more of this signal; where nobody knows it, the guard's own number is believed. */
function signalTail(comparison: Comparison, { name, level }: SignalLevel): Tail {
  const context = comparison.contextOf('signal', signalContext(comparison.shape.step, name))
  return comparison.binTail(context, level, (levels - level) / levels)
}

/** −ln P(as much or more of this signal | step). */
export const signalSurprise = (comparison: Comparison, signal: SignalLevel): number =>
  surprise(signalTail(comparison, signal).p)

const strangestSignal = (comparison: Comparison): SignalLevel | undefined =>
  [...comparison.shape.signals].sort((a, b) => signalSurprise(comparison, b) - signalSurprise(comparison, a))[0]

const signalSentence: Sentence = (comparison) => {
  const strangest = strangestSignal(comparison)
  if (strangest === undefined) return { expected: 'no signal', seen: comparison.shape.step }
  const { name, level } = strangest
  const { step } = comparison.shape
  const tail = signalTail(comparison, strangest)
  return {
    expected: largestOf(comparison, tail, {
      noun: `earlier call of ${step}`,
      largest: ((level - tail.excess) / twentieths).toFixed(2),
      superlative: 'highest in',
    }),
    seen: `${name} reports ${(level / twentieths).toFixed(2)}`,
  }
}

/** A classifier that always cries at one tool is no news there. */
export const signalFamily = featureFamily({
  name: 'signals',
  question: 'What do other guards say?',
  features: {
    signal_tail: {
      ...inNats,
      formula: '−ln P(as much or more of the signal | action), of the rarest of the event’s signals',
      needs: ['signals'],
      cause: guardSignal,
      title: 'Another guard warns',
      sentence: signalSentence,
      weights: inBothSums(1, 8),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    for (const signal of comparison.shape.signals)
      out[at.signal_tail] = Math.max(out[at.signal_tail] as number, signalSurprise(comparison, signal))
  },
})
