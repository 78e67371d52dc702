import { SharedCounts } from '@straylight/models/peers/shared-level'
import { Profile } from '@straylight/models/profile/profile'
import { type JudgingContext, type Observed, observe, type Surroundings } from '@straylight/models/scoring/judge'
import type { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { agentKeyOf, groupKeyOf } from '@straylight/models/training/learn-history'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { type LearntDeployment, maximaByAgent, sessionMaxima } from './learnt-deployment.ts'

/** The test part gone through once: what each event looked like when it came, and what was learnt of it after. */
export interface ReplayedTest {
  readonly observations: readonly Observed[]
  /** All agents' profiles by `tenant|agent`, those of agents without a past included. */
  readonly profiles: ReadonlyMap<string, Profile>
}

/**
 * Plays events in order against what was learnt. What an event teaches depends on the model's sum and hold level alone,
 * so any number of models with the same ones may judge the same observations.
 */
export function replayedTest(
  deployment: LearntDeployment,
  events: readonly AgentEvent[],
  model: ScoringModel,
): ReplayedTest {
  const profiles = deployment.profiles()
  const past = sessionMaxima(deployment, (rows) => rows.map((row) => model.sumWithoutProvenance.of(row)))
  for (const [agent, usual] of maximaByAgent(past)) {
    const profile = profiles.get(agent)
    if (profile) profile.maxima_without_provenance = usual
  }
  const judging = judgingContextOf(deployment, model)
  const observations = events.map((event) => {
    const agent = agentKeyOf(event)
    const profile = profiles.get(agent) ?? new Profile()
    profiles.set(agent, profile)
    return observe(event, profile, judging)
  })
  return { observations, profiles }
}

/** A knowledge version of this deployment: shared levels as of the warm-up, which the test part does not change. */
export function judgingContextOf(
  { hasher, originDay, groups, history }: LearntDeployment,
  model: ScoringModel,
): JudgingContext {
  const empty = new SharedCounts()
  const surroundings = new Map<string, Map<string, Surroundings>>()
  const surroundingsOf = (tenant: string, agent: string): Surroundings => {
    const everyone = history.levels.get(groupKeyOf(tenant, '*')) ?? empty
    const group = groups.get(agentKeyOf({ tenant, agent })) ?? '*'
    return { group, peers: history.levels.get(groupKeyOf(tenant, group)) ?? everyone, tenant: everyone }
  }
  return {
    version: 1,
    sessionAlertRate: 0.01,
    ...{ hasher, originDay, model },
    calibrationOf: () => model.artifact.calibration,
    surroundingsOf(tenant, agent) {
      const known = surroundings.get(tenant)?.get(agent)
      if (known !== undefined) return known
      const made = surroundingsOf(tenant, agent)
      surroundings.set(tenant, (surroundings.get(tenant) ?? new Map()).set(agent, made))
      return made
    },
  }
}
