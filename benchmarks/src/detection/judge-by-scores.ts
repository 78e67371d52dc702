import { addMaximum, type Maxima } from '@straylight/models/profile/profile'
import { calibrate, pValueOf } from '@straylight/models/scoring/calibration'
import type { Observed } from '@straylight/models/scoring/judge'
import { sessionRisk, trustedRisk } from '@straylight/models/session/session-risk'
import { leftOutRisks, momentsOf } from '@straylight/models/training/fit-model'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import type { ScoredEvent } from './detection-quality.ts'
import {
  type LearntDeployment,
  maximaByAgent,
  type ScoreEvents,
  type SessionMaximum,
  sessionMaxima,
} from './learnt-deployment.ts'
import type { ReplayedTest } from './replayed-test.ts'

/** The parts of an artifact that set a score against what is usual. */
export type Usual = Pick<ModelArtifact, 'session_maximum' | 'calibration'>

/** Pool and calibration made of past sessions, each left out, as `fitModel` makes them for its own score. */
export function usualOf(maxima: readonly SessionMaximum[]): Usual {
  const { mean, deviation } = momentsOf(maxima.map(({ maximum }) => maximum))
  const session_maximum = { mean, deviation: Math.max(1e-3, deviation) }
  return { session_maximum, calibration: calibrate(leftOutRisks(maxima, session_maximum)) }
}

/**
 * Judges a replayed test by any score over the deviations, with everything around the score as in the product: agents'
 * session maxima, session risk, calibration. So rivals differ in their score and nothing else.
 */
export function judgeByScores(
  deployment: LearntDeployment,
  { observations }: ReplayedTest,
  scoreEvents: ScoreEvents,
): ScoredEvent[] {
  const past = sessionMaxima(deployment, scoreEvents)
  const line = new SessionLine(usualOf(past), maximaByAgent(past))
  const scores = scoreEvents(observations.map(({ deviation }) => deviation))
  return observations.map((observed, at) => line.take(observed, scores[at] as number))
}

/** Follows sessions as `conclude` does, for a score that is not an artifact's. */
class SessionLine {
  private readonly usual: Usual
  private readonly maxima: Map<string, Maxima>
  private readonly open = new Map<string, { score: number; risk: number; strayed: boolean }>()

  constructor(usual: Usual, maxima: Map<string, Maxima>) {
    this.usual = usual
    this.maxima = maxima
  }

  take({ event, session, ended, held_out, trust }: Observed, score: number): ScoredEvent {
    const agent = agentKeyOf(event)
    const maxima = this.maxima.get(agent) ?? { sessions: 0, mean: 0, squares: 0 }
    this.maxima.set(agent, maxima)
    for (const { session: name } of ended) this.end(`${agent}|${name}`, maxima)
    const risk = trustedRisk(sessionRisk(score, maxima, this.usual.session_maximum), trust)
    const key = `${agent}|${session.session}`
    const before = this.open.get(key)
    const highest = {
      score: Math.max(score, before?.score ?? Number.NEGATIVE_INFINITY),
      risk: Math.max(risk, before?.risk ?? Number.NEGATIVE_INFINITY),
      strayed: held_out || before?.strayed === true,
    }
    this.open.set(key, highest)
    return { id: event.id, score, risk: highest.risk, p_value: pValueOf(this.usual.calibration, risk) }
  }

  private end(key: string, maxima: Maxima): void {
    const session = this.open.get(key)
    this.open.delete(key)
    if (session && !session.strayed) addMaximum(maxima, session.score)
  }
}
