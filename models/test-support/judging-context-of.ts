import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { SharedCounts } from '../src/peers/shared-level.ts'
import type { Profile } from '../src/profile/profile.ts'
import type { JudgingContext } from '../src/scoring/judge.ts'
import { ScoringModel } from '../src/scoring/scoring-model.ts'
import { agentKeyOf } from '../src/training/learn-history.ts'
import { artifactOf } from './model-of.ts'
import { hasher, originDay, taught } from './taught.ts'

/** Knowledge made of a history, whose profiles it hands over too. */
export function judgingContextOf(
  history: readonly AgentEvent[],
  group: readonly string[],
  options: { version?: number; artifact?: ModelArtifact } = {},
): { judging: JudgingContext; profiles: Map<string, Profile> } {
  const { learnt, peers, tenant } = taught(history, group)
  const nobody = new SharedCounts()
  return {
    judging: {
      version: options.version ?? 1,
      originDay,
      hasher,
      model: new ScoringModel(options.artifact ?? artifactOf()),
      sessionAlertRate: 0.001,
      calibrationOf: () => (options.artifact ?? artifactOf()).calibration,
      surroundingsOf: (name, agent) => {
        if (name !== 'acme') return { group: '*', peers: nobody, tenant: nobody }
        return group.includes(agent) ? { group: 'group', peers, tenant } : { group: '*', peers: tenant, tenant }
      },
    },
    profiles: new Map([...learnt.profiles].map(([key, profile]) => [key, profile])),
  }
}

export const keyOf = agentKeyOf
