import { featureIndex } from './feature.ts'

const at = {
  misplaced: featureIndex('misplaced_excess'),
  misplacedSize: featureIndex('misplaced_size_excess'),
}
const of = { misplaced: featureIndex('misplaced_surprise'), sent: featureIndex('sent_surprise') }

/** Nats from which a step is out of its place, and from which it is so with a size that it hardly ever had; and how far each goes. */
const place = { from: 3, most: 6 }
const size = { from: 5, most: 3 }

/**
 * A step where it does not belong. misplaced_excess = misplaced_surprise − 3, within 0 and 6; misplaced_size_excess =
 * min(misplaced_surprise, sent_surprise) − 5, within 0 and 3. Orders from outside are carried out at once and with the agent's
 * own means, between the steps of its task, and with what others wrote in them. A step that nobody ever took is out of its
 * place anywhere. Made of features that stand in `out` already; needs order, the latter bytes_sent too.
 */
export function misplacedDeviation(out: Float64Array): void {
  const misplaced = out[of.misplaced] as number
  out[at.misplaced] = within(misplaced - place.from, place.most)
  out[at.misplacedSize] = within(Math.min(misplaced, out[of.sent] as number) - size.from, size.most)
}

const within = (value: number, most: number): number => Math.min(most, Math.max(0, value))
