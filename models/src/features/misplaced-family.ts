import type { Comparison } from './comparison.ts'
import { bytesText } from './counts-in-words.ts'
import { featureFamily, inNats, networkReads, type Sentence } from './feature-family.ts'
import { order, orderSentence } from './step-family.ts'

/** Nats from which an action is out of sequence, and from which it is so with a size that it hardly ever had; and how far each goes. */
const place = { from: 3, most: 6 }
const size = { from: 5, most: 3 }

const orderAndSizeSentence: Sentence = (c) => {
  const { seen, expected } = orderSentence(c)
  return { seen: `${bytesText(c.shape.bytes_sent ?? 0)} sent by ${seen}`, expected }
}

/**
 * An action where it does not belong: orders from outside are carried out at once and with the agent's own means, between the
 * actions of its task, and with what others wrote in them. An action that nobody ever took is out of sequence anywhere.
 */
export const misplacedFamily = featureFamily({
  name: 'sequence',
  question: 'Does the action belong after the one before?',
  features: {
    misplaced_surprise: {
      ...inNats,
      formula:
        'max(0, ln(P(action) / P(action | the one before))): pointwise mutual information with its sign turned (Church and Hanks, 1990); 0 for a call made again at once',
      needs: ['session'],
      cause: order,
      kept_because: `Both other features of the family are made of it. ${networkReads(0.53)}`,
    },
    misplaced_excess: {
      ...inNats,
      unit: 6,
      range: '0 to 6 nats',
      formula: 'misplaced_surprise − 3, cut to 0 and 6',
      needs: ['session'],
      cause: order,
      title: 'Action out of sequence',
      sentence: orderSentence,
      weights: {
        with_provenance: { weight: 2, cap: 6 },
        without_provenance: { weight: 2, cap: 6 },
      },
    },
    misplaced_size_excess: {
      ...inNats,
      unit: 3,
      range: '0 to 3 nats',
      formula: 'min(misplaced_surprise, sent_surprise) − 5, cut to 0 and 3',
      needs: ['session', 'bytes_sent'],
      cause: order,
      title: 'Action out of sequence, with an unusual size',
      sentence: orderAndSizeSentence,
      weights: { without_provenance: { weight: 12, cap: 3 } },
    },
  },
  reads: ['sent_surprise'],
  measure(comparison, out, at) {
    const misplaced = misplacedSurprise(comparison)
    out[at.misplaced_surprise] = misplaced
    out[at.misplaced_excess] = misplacedExcess(misplaced)
    out[at.misplaced_size_excess] = sizeExcess(misplaced, out[at.sent_surprise] as number)
  },
})

function misplacedSurprise(comparison: Comparison): number {
  const { bigram, trigram } = comparison.keys
  const { previous_step, step } = comparison.shape
  if (bigram === null || trigram === null || previous_step === step) return 0
  return Math.max(0, Math.log(comparison.stepProbability() / comparison.bigramProbability(bigram)))
}

export const misplacedExcess = (misplaced: number): number => within(misplaced - place.from, place.most)
export const sizeExcess = (misplaced: number, sent: number): number =>
  within(Math.min(misplaced, sent) - size.from, size.most)

const within = (value: number, most: number): number => Math.min(most, Math.max(0, value))
