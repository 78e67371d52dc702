import { networkFeatures } from '@straylight/models/features/feature'
import { networkInput } from '@straylight/models/scoring/transparent-sum'
import * as tf from '@tensorflow/tfjs-core'

/** Deviations as networks take them, row-major. */
export function inputsOf(deviations: readonly Float64Array[]): Float32Array {
  const x = new Float32Array(deviations.length * networkFeatures.length)
  for (const [row, deviation] of deviations.entries()) networkInput(deviation, x, row)
  return x
}

/** Some rows of `x` as a tensor. */
export function gatherRows(x: Float32Array, rows: Uint32Array, inputs: number): tf.Tensor2D {
  const gathered = new Float32Array(rows.length * inputs)
  for (const [at, row] of rows.entries()) gathered.set(x.subarray(row * inputs, (row + 1) * inputs), at * inputs)
  return tf.tensor2d(gathered, [rows.length, inputs])
}
