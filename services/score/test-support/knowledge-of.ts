import { featureNames, networkFeatures } from '@straylight/models/features/feature'
import { dayOf } from '@straylight/models/profile/day-weight'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { Network } from '@straylight/models/scoring/network'
import { defaultSum } from '@straylight/models/scoring/transparent-sum'
import { learnHistory } from '@straylight/models/training/learn-history'
import { seededRandom } from '@straylight/models/training/seeded-random'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Knowledge } from '@straylight/schemas/knowledge'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { noon } from './event-of.ts'

export const profileKey = '00112233445566778899aabbccddeeff'
export const originDay = dayOf(noon)

/** The agents of the group `group`; any other agent is compared with the tenant. */
const group = ['bot', 'peer', 'third']

/** A model by hand whose ordinary sessions reach some 20 nats; `seed` gives it a network nobody trained. */
export function modelOf(seed?: number): ModelArtifact {
  return {
    format: 'straylight-model/2',
    name: `model-${seed ?? 'sum'}`,
    features: [...featureNames],
    sum: [...defaultSum],
    net: seed === undefined ? null : networkOf(seed),
    session_maximum: { mean: 12, deviation: 6 },
    calibration: {
      quantiles: Array.from({ length: 100 }, (_, at) => -2 + at * 0.04),
      sessions: 100,
      excess_from: 1.6,
      excess_scale: 0.8,
      excess_share: 0.1,
    },
    without_provenance: null,
    hold_level: 34,
    origin: { command: 'by hand', seed: 1, events: 0, sessions: 0, agents: 0, history_sha256: '' },
  }
}

function networkOf(seed: number): NonNullable<ModelArtifact['net']> {
  const random = seededRandom(seed)
  const layer = (inputs: number, units: number) => ({
    inputs,
    units,
    weights: new Float32Array(inputs * units).map(() => random.normal() / Math.sqrt(inputs)),
    bias: new Float32Array(units).map(() => 0.3 * random.normal()),
  })
  const network = new Network([layer(networkFeatures.length, 24), layer(24, 16), layer(16, 1)])
  const layers = network.toLayers()
  network.dispose()
  return { layers, mean: 0.1, scale: 0.7, weight: 2 }
}

/** Knowledge as baseline makes it of vetted history. */
export function knowledgeOf(
  version: number,
  history: readonly AgentEvent[],
  changes: Partial<Knowledge> = {},
): Knowledge {
  const groups = Object.fromEntries(group.map((agent) => [`acme|${agent}`, 'group']))
  const hasher = new ProfileKeyHasher(profileKey)
  const { levels } = learnHistory(history, { hasher, originDay, groups: new Map(Object.entries(groups)) })
  return {
    version,
    made_at: noon + version,
    learnt_until: noon,
    origin_day: originDay,
    profile_key: profileKey,
    groups,
    levels: [...levels].map(([key, level]) => ({
      tenant: key.slice(0, key.indexOf('|')),
      group: key.slice(key.indexOf('|') + 1),
      agents: level.agents,
      events: level.events,
      table: level.table.pack(),
    })),
    registry: [],
    model: modelOf(),
    session_alert_rate: 0.001,
    corrections: [],
    session_corrections: [],
    suppressions: [],
    judged: [],
    budget_feedback: [],
    ...changes,
  }
}
