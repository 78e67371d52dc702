import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import type { Maxima } from './profile.ts'

/** Pseudo-sessions with which the pool weighs in: what is believed of an agent before it has shown itself. */
const poolSessions = 10

/**
 * How far a score stands above the agent's usual session maximum, in its standard deviations, shrunk to the pool
 * of all agents; thin history widens the deviation as a prediction interval does.
 */
export function sessionRisk(score: number, maxima: Maxima, pool: ModelArtifact['session_maximum']): number {
  const weight = maxima.sessions + poolSessions
  const mean = (maxima.sessions * maxima.mean + poolSessions * pool.mean) / weight
  const apart = maxima.sessions * poolSessions * (maxima.mean - pool.mean) ** 2
  const variance = (maxima.squares + apart / weight + poolSessions * pool.deviation ** 2) / weight
  const deviation = Math.sqrt(variance * (1 + 1 / weight))
  return (score - mean) / Math.max(deviation, 0.25 * pool.deviation, 1e-3)
}
