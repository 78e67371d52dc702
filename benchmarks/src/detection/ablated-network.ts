import { type Feature, networkFeatures } from '@straylight/models/features/feature'
import { type LayerValues, Network } from '@straylight/models/scoring/network'
import { makeExamples } from '@straylight/models/training/fit-model'
import { seededRandom } from '@straylight/models/training/seeded-random'
import { trainNetwork } from '@straylight/models/training/train-network'
import type { LearntDeployment } from './learnt-deployment.ts'
import { inputsOf } from './network-rows.ts'

/** As `fitModel` trains the network that ships. */
const training = { epochs: 12, batchSize: 256, learningRate: 4e-3 } as const

/** Features that stand in neither sum: all that they do for a score, the network does. */
export const networkOnly: readonly string[] = networkFeatures
  .filter((feature: Feature) => !('weights' in feature))
  .map(({ name }) => name)

/**
 * The shipped network trained anew without the features that no sum reads: what they are worth together. They are 0 in
 * all that it learns from, and their weights are 0 after, so that it judges events as they are. `null` where history has too
 * few examples.
 */
export async function ablatedNetwork({ history, hasher }: LearntDeployment, seed: number): Promise<Network | null> {
  const { sessions, spliced } = makeExamples(history, history.sessions, hasher, seededRandom(seed))
  const own = sessions.flatMap(({ deviations }) => deviations)
  if (own.length < 50 || spliced.length < 20) return null
  const rows = own.length + spliced.length
  const inputs = networkFeatures.length
  const x = inputsOf([...own, ...spliced])
  for (const input of silencedInputs) for (let row = 0; row < rows; row++) x[row * inputs + input] = 0
  const y = Float32Array.from({ length: rows }, (_, row) => (row < own.length ? 0 : 1))
  const monotone = networkFeatures.map(({ kind }) => kind !== 'circumstance')
  const trained = await trainNetwork({ x, y, rows, inputs, monotone, seed, ...training })
  const [first, ...others] = layersOf(trained)
  trained.dispose()
  return new Network([silenced(first as LayerValues), ...others])
}

const silencedInputs = networkFeatures.flatMap(({ name }, input) => (networkOnly.includes(name) ? [input] : []))

/** A first layer to which the network-only features say nothing. */
export function silenced(layer: LayerValues): LayerValues {
  const weights = layer.weights.slice()
  for (const input of silencedInputs) weights.fill(0, input * layer.units, (input + 1) * layer.units)
  return { ...layer, weights }
}

const layersOf = (network: Network): LayerValues[] =>
  network.toLayers().map(({ inputs, units, weights, bias }) => {
    return { inputs, units, weights: floatsOf(weights), bias: floatsOf(bias) }
  })

function floatsOf(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64')
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}
