import { networkFeatures } from '@straylight/models/features/feature'
import type { LayerTensors, LayerValues } from '@straylight/models/scoring/network'
import * as tf from '@tensorflow/tfjs-core'
import type { LearntDeployment } from './learnt-deployment.ts'
import { gatherRows, inputsOf } from './network-rows.ts'
import { trainDense } from './train-dense.ts'

/** Hidden units, the narrowest in the middle. */
const hiddenUnits = [24, 8, 24] as const
const training = { epochs: 30, batchSize: 256, learningRate: 4e-3, l2: 1e-4 } as const
/** Rows that one call of the engine takes. */
const rowsMax = 4096

/**
 * The classical rival: learns to copy ordinary deviations through eight units, and an event it can't copy is strange.
 * Trained on the deployment's own left-out events, without spliced ones.
 */
export class Autoencoder {
  private readonly layers: readonly LayerTensors[]

  private constructor(values: readonly LayerValues[]) {
    this.layers = values.map(({ inputs, units, weights, bias }) => ({
      kernel: tf.tensor2d(weights, [inputs, units]),
      bias: tf.tensor1d(bias),
    }))
  }

  static async fit({ leftOut }: LearntDeployment, seed: number): Promise<Autoencoder> {
    const own = leftOut.flatMap(({ deviations }) => deviations)
    const inputs = networkFeatures.length
    const x = inputsOf(own)
    const loss = (batch: Uint32Array, layers: readonly LayerTensors[]) => {
      const rows = gatherRows(x, batch, inputs)
      return tf.mean<tf.Scalar>(tf.square(tf.sub(copied(rows, layers), rows)))
    }
    return new Autoencoder(
      await trainDense({ sizes: [inputs, ...hiddenUnits, inputs], rows: own.length, loss, seed, ...training }),
    )
  }

  /** Distance between each event and its copy. */
  errors(deviations: readonly Float64Array[]): Float32Array {
    const inputs = networkFeatures.length
    const x = inputsOf(deviations)
    const errors = new Float32Array(deviations.length)
    for (let from = 0; from < deviations.length; from += rowsMax) {
      const count = Math.min(rowsMax, deviations.length - from)
      const part = tf.tidy(() => {
        const rows = tf.tensor2d(x.subarray(from * inputs, (from + count) * inputs), [count, inputs])
        return tf.sqrt(tf.sum(tf.square(tf.sub(copied(rows, this.layers), rows)), 1)).dataSync<'float32'>()
      })
      errors.set(part, from)
    }
    return errors
  }

  dispose(): void {
    tf.dispose(this.layers.flatMap(({ kernel, bias }) => [kernel, bias]))
  }
}

function copied(rows: tf.Tensor2D, layers: readonly LayerTensors[]): tf.Tensor2D {
  let x = rows
  for (const [at, { kernel, bias }] of layers.entries()) {
    const sums = tf.fused.matMul({ a: x, b: kernel, bias }) as tf.Tensor2D
    x = at === layers.length - 1 ? sums : tf.tanh(sums)
  }
  return x
}
