import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { featureNames, networkFeatures } from '../src/features/feature.ts'
import { Network } from '../src/scoring/network.ts'
import { defaultSum } from '../src/scoring/transparent-sum.ts'
import { seededRandom } from '../src/training/seeded-random.ts'

/** A model by hand: the default sum, quiet sessions up to 20 nats; changes as a test needs them. */
export const artifactOf = (changes: Partial<ModelArtifact> = {}): ModelArtifact => ({
  format: 'straylight-model/2',
  name: 'test-model',
  features: [...featureNames],
  sum: [...defaultSum],
  net: null,
  session_maximum: { mean: 12, deviation: 6 },
  calibration: {
    quantiles: Array.from({ length: 100 }, (_, at) => -2 + at * 0.04),
    sessions: 100,
    excess_from: 1.6,
    excess_scale: 0.8,
    excess_share: 0.1,
  },
  without_provenance: null,
  hold_level: 30,
  origin: { command: 'by hand', seed: 1, events: 0, sessions: 0, agents: 0, history_sha256: '' },
  ...changes,
})

/** A network nobody trained, of the shape that is trained. Needs an open tensor backend. */
export function networkOf(seed: number): NonNullable<ModelArtifact['net']> {
  const random = seededRandom(seed)
  const normals = (length: number, scale: number) => new Float32Array(length).map(() => random.normal() * scale)
  const layer = (inputs: number, units: number) => ({
    inputs,
    units,
    weights: normals(inputs * units, 1 / Math.sqrt(inputs)),
    bias: normals(units, 0.3),
  })
  const network = new Network([layer(networkFeatures.length, 24), layer(24, 16), layer(16, 1)])
  const layers = network.toLayers()
  network.dispose()
  return { layers, mean: 0.1, scale: 0.7, weight: 3 }
}
