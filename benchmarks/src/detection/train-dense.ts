import { setImmediate } from 'node:timers/promises'
import type { LayerTensors, LayerValues } from '@straylight/models/scoring/network'
import { type SeededRandom, seededRandom } from '@straylight/models/training/seeded-random'
import * as tf from '@tensorflow/tfjs-core'

export interface TrainDenseOptions {
  /** Units from the input to the output. */
  readonly sizes: readonly number[]
  readonly rows: number
  /** Mean loss over these rows, to be differentiated by the layers. */
  loss(batch: Uint32Array, layers: readonly LayerTensors[]): tf.Scalar
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  /** Of the first step; falls in a line to 0 at the last. */
  readonly learningRate: number
  /** Pull of the kernels towards 0. */
  readonly l2: number
}

/** Fits dense layers of free weights with Adam: the rivals' trainer. The same options give the same bytes. Needs an open tensor backend. */
export async function trainDense(options: TrainDenseOptions): Promise<LayerValues[]> {
  const random = seededRandom(options.seed)
  const layers = options.sizes.slice(1).map((units, at) => newLayer(options.sizes[at] as number, units, random))
  const variables = layers.flatMap(({ kernel, bias }) => [kernel, bias] as tf.Variable[])
  const adam = new PacedAdam(options.learningRate, 0.9, 0.999)
  const order = Uint32Array.from({ length: options.rows }, (_, row) => row)
  const stepsMax = options.epochs * Math.ceil(options.rows / options.batchSize)
  let step = 0
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    random.shuffle(order)
    for (let from = 0; from < options.rows; from += options.batchSize) {
      adam.pace(options.learningRate * (1 - step++ / stepsMax))
      const batch = order.subarray(from, from + options.batchSize)
      tf.tidy(() => void adam.minimize(() => withPull(options, batch, layers), false, variables))
    }
    await setImmediate()
  }
  const values = layers.map(({ kernel, bias }) => ({
    inputs: kernel.shape[0],
    units: kernel.shape[1],
    weights: kernel.dataSync<'float32'>().slice(),
    bias: bias.dataSync<'float32'>().slice(),
  }))
  adam.dispose()
  tf.dispose(variables)
  return values
}

/** Adam whose rate can be set before a step, which the library's own does not offer. */
class PacedAdam extends tf.AdamOptimizer {
  pace(learningRate: number): void {
    this.learningRate = learningRate
  }
}

function newLayer(inputs: number, units: number, random: SeededRandom) {
  const weights = Float32Array.from({ length: inputs * units }, () => random.normal() / Math.sqrt(inputs))
  return tf.tidy(() => ({
    kernel: tf.variable(tf.tensor2d(weights, [inputs, units])),
    bias: tf.variable(tf.zeros<tf.Rank.R1>([units])),
  }))
}

function withPull(options: TrainDenseOptions, batch: Uint32Array, layers: readonly LayerTensors[]): tf.Scalar {
  let loss = options.loss(batch, layers)
  for (const { kernel } of layers) loss = tf.add(loss, tf.mul(options.l2 / 2, tf.sum(tf.square(kernel))))
  return loss
}
