import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { addMaximum, type Maxima } from '../profile/profile.ts'

/** Pseudo-sessions with which the pool weighs in: what is believed of an agent before it has shown itself. */
const poolSessions = 90
/**
 * Bounds of an agent's deviation, in those of the pool: a few wild sessions must not make an agent's next wild one
 * ordinary, nor a dozen equal ones every other alarming.
 */
const deviationBounds = { least: 0.25, most: 1.2 }

/** Events known of an agent or its peers at which half of a risk is believed. */
const trustedEvents = 30

/**
 * How much of a risk above the usual is believed (0 to 1), by the events known of the agent itself or of its peers, whichever
 * are more: where nearly nothing is known everything is new, and that is no news.
 */
export const trustOf = (knownEvents: number): number => knownEvents / (knownEvents + trustedEvents)

/** Thin knowledge takes from a risk above the usual, never from one below. */
export const trustedRisk = (risk: number, trust: number): number => (risk > 0 ? trust * risk : risk)

/**
 * How far above the usual, in its standard deviations, a session with quarantined events counts at most among the usual ones.
 * Left out, the usual would lose its upper end, session by session, and ordinary sessions would stand ever further above it
 * (a censored sample); counted in full, a hijack would make the next one ordinary. (Winsorizing: Tukey, 1962.)
 */
const strayedDeviationsMax = 3
/** Share of the usual sessions that may be such ones. */
const strayedShareMax = 0.1

/**
 * How far a score stands above the agent's usual session maximum, in its standard deviations, shrunk to the pool
 * of all agents; thin history widens the deviation as a prediction interval does.
 */
export function sessionRisk(score: number, maxima: Maxima, pool: ModelArtifact['session_maximum']): number {
  const { mean, deviation } = usualMaximum(maxima, pool)
  return (score - mean) / deviation
}

/**
 * Adds a session with quarantined events to the usual ones, up to a bound; not at all where one in ten already is such a session:
 * then something goes on that a person should look at first, and it must not become usual by going on.
 */
export function addStrayedMaximum(maxima: Maxima, score: number, pool: ModelArtifact['session_maximum']): void {
  const strayed = maxima.strayed ?? 0
  if (strayed >= strayedShareMax * (maxima.sessions + poolSessions)) return
  const { mean, deviation } = usualMaximum(maxima, pool)
  addMaximum(maxima, Math.min(score, mean + strayedDeviationsMax * deviation))
  maxima.strayed = strayed + 1
}

function usualMaximum(maxima: Maxima, pool: ModelArtifact['session_maximum']): { mean: number; deviation: number } {
  const weight = maxima.sessions + poolSessions
  const mean = (maxima.sessions * maxima.mean + poolSessions * pool.mean) / weight
  const apart = maxima.sessions * poolSessions * (maxima.mean - pool.mean) ** 2
  const variance = (maxima.squares + apart / weight + poolSessions * pool.deviation ** 2) / weight
  const deviation = Math.sqrt(variance * (1 + 1 / weight))
  const { least, most } = deviationBounds
  const bounded = Math.min(Math.max(deviation, least * pool.deviation), most * pool.deviation)
  return { mean, deviation: Math.max(bounded, 1e-3) }
}
