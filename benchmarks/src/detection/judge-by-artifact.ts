import { conclude } from '@straylight/models/scoring/judge'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { eventScores } from '@straylight/models/training/fit-model'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import type { ScoredEvent } from './detection-quality.ts'
import { type LearntDeployment, maximaByAgent, sessionMaxima } from './learnt-deployment.ts'
import { judgingContextOf, type ReplayedTest } from './replayed-test.ts'

/** As many events as a poll of some partitions brings; the result does not depend on it. */
const batch = 256

/** Judges a replayed test as the product does with this artifact, its agents' session maxima made of their past first. */
export function judgeByArtifact(
  deployment: LearntDeployment,
  { observations, profiles }: ReplayedTest,
  artifact: ModelArtifact,
): ScoredEvent[] {
  const model = new ScoringModel(artifact)
  const judging = judgingContextOf(deployment, model)
  const usual = maximaByAgent(sessionMaxima(deployment, (deviations) => eventScores(model, deviations)))
  for (const [agent, profile] of profiles) {
    profile.maxima = usual.get(agent) ?? { sessions: 0, mean: 0, squares: 0 }
  }
  // What another artifact made of these sessions before.
  for (const { session } of observations) session.score = null
  const scored: ScoredEvent[] = []
  for (let from = 0; from < observations.length; from += batch) {
    const part = observations.slice(from, from + batch).map((observed) => ({ ...observed, judging }))
    for (const { observed, score, risk, p_value } of conclude(part)) {
      scored.push({ id: observed.event.id, score, risk, p_value })
    }
  }
  model.dispose()
  return scored
}
