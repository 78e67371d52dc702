import type { Tail } from './comparison.ts'
import { amountsKnownMin } from './priors.ts'

/**
 * Nats for octaves above the largest amount known of agent and peers: 2 an octave beyond the `ordinary` ones, the first
 * where nothing else is said, since a doubling is ordinary. For what tails of short histories cannot say.
 */
export function tailExcess(tail: Tail, ordinary = 1): number {
  if (tail.own + tail.peers < amountsKnownMin) return 0
  return 2 * Math.max(0, tail.excess - ordinary)
}
