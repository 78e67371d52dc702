import { networkFeatures } from '@straylight/models/features/feature'
import { forward, Network } from '@straylight/models/scoring/network'
import { makeExamples } from '@straylight/models/training/fit-model'
import { seededRandom } from '@straylight/models/training/seeded-random'
import * as tf from '@tensorflow/tfjs-core'
import type { LearntDeployment } from './learnt-deployment.ts'
import { gatherRows, inputsOf } from './network-rows.ts'
import { trainDense } from './train-dense.ts'

/** Like the shipped network in all but its weights' signs: layers, units, examples, loss, steps. */
const training = { epochs: 12, batchSize: 256, learningRate: 4e-3, l2: 3e-4 } as const
const hiddenUnits = [24, 16] as const

/** The shipped network without its sign constraint: what the constraint costs or buys. `null` where history has too few examples. */
export async function freeNetwork({ history, hasher }: LearntDeployment, seed: number): Promise<Network | null> {
  const { sessions, spliced } = makeExamples(history, history.sessions, hasher, seededRandom(seed))
  const own = sessions.flatMap(({ deviations }) => deviations)
  if (own.length < 50 || spliced.length < 20) return null
  const inputs = networkFeatures.length
  const x = inputsOf([...own, ...spliced])
  const layers = await trainDense({
    sizes: [inputs, ...hiddenUnits, 1],
    rows: own.length + spliced.length,
    loss(batch, tensors) {
      const logits = forward(gatherRows(x, batch, inputs), tensors)
      const y = tf.tensor2d(
        Float32Array.from(batch, (row) => (row < own.length ? 0 : 1)),
        [batch.length, 1],
      )
      return tf.mean(tf.sub(tf.softplus(logits), tf.mul(y, logits)))
    },
    ...{ seed, ...training },
  })
  return new Network(layers)
}

/** Logits of events: positive leans to 'not this agent'. */
export function logitsOf(network: Network, deviations: readonly Float64Array[]): Float32Array {
  return network.predict(inputsOf(deviations), deviations.length)
}
