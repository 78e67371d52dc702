import assert from 'node:assert'
import type { Layer } from '@straylight/schemas/model-artifact'
import * as tf from '@tensorflow/tfjs-core'

/** A dense layer's numbers: `weights` row-major [inputs, units], `bias` [units]. */
export interface LayerValues {
  readonly inputs: number
  readonly units: number
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** A dense layer where TensorFlow.js holds it. */
export interface LayerTensors {
  readonly kernel: tf.Tensor2D
  readonly bias: tf.Tensor1D
}

/** Rows that one call of the engine takes: bounds its memory at some 2 MB whatever is asked. */
const rowsMax = 4096

/**
 * The small network over an event's deviation features: dense layers whose hidden units are half tanh, half relu
 * (the first half saturates, as one sign of many should; the second does not, so that extremes stay apart), and one logit out.
 * Needs an open tensor backend. On wasm and cpu a row's logit has the same bits in whatever batch it comes.
 */
export class Network {
  readonly inputs: number
  private readonly values: readonly LayerValues[]
  private readonly layers: readonly LayerTensors[]

  constructor(values: readonly LayerValues[]) {
    const [first] = values
    if (!first || values.at(-1)?.units !== 1) throw new RangeError('a network has layers, the last with one unit')
    values.forEach(checkLayer)
    this.inputs = first.inputs
    this.values = values
    this.layers = values.map(({ inputs, units, weights, bias }) => ({
      kernel: tf.tensor2d(weights, [inputs, units]),
      bias: tf.tensor1d(bias),
    }))
  }

  /** Reads an artifact's layers. @throws RangeError that names the layer whose numbers do not fit its shape. */
  static fromArtifact(layers: readonly Layer[]): Network {
    return new Network(
      layers.map(({ inputs, units, weights, bias }) => ({
        inputs,
        units,
        weights: floatsOf(weights),
        bias: floatsOf(bias),
      })),
    )
  }

  toLayers(): Layer[] {
    return this.values.map(({ inputs, units, weights, bias }) => ({
      inputs,
      units,
      weights: base64Of(weights),
      bias: base64Of(bias),
    }))
  }

  /** Logits of `rows` rows of features, row-major [rows, inputs]: positive leans to 'not this agent'. */
  predict(features: Float32Array, rows: number): Float32Array {
    assert.equal(features.length, rows * this.inputs, 'features must be rows × inputs')
    const logits = new Float32Array(rows)
    for (let from = 0; from < rows; from += rowsMax) {
      const taken = Math.min(rowsMax, rows - from)
      const part = features.subarray(from * this.inputs, (from + taken) * this.inputs)
      // Nothing is returned: tidy would look for tensors in every number.
      tf.tidy(() => {
        logits.set(forward(tf.tensor2d(part, [taken, this.inputs]), this.layers).dataSync<'float32'>(), from)
      })
    }
    return logits
  }

  /** Gives the engine's memory back; the network cannot predict after. */
  dispose(): void {
    tf.dispose(this.layers.flatMap(({ kernel, bias }) => [kernel, bias]))
  }
}

/** Logits [rows, 1] as a tensor: what `predict` reads and `trainNetwork` differentiates. */
export function forward(features: tf.Tensor2D, layers: readonly LayerTensors[]): tf.Tensor2D {
  let x = features
  for (const [at, { kernel, bias }] of layers.entries()) {
    const sums = tf.fused.matMul({ a: x, b: kernel, bias }) as tf.Tensor2D
    x = at === layers.length - 1 ? sums : halfTanhHalfRelu(sums)
  }
  return x
}

/** Both of all, and of each half what is meant: cutting rows in two and joining them costs a copy a row. */
function halfTanhHalfRelu(sums: tf.Tensor2D): tf.Tensor2D {
  const [, units] = sums.shape
  const half = units >> 1
  const first = tf.tensor1d(Float32Array.from({ length: units }, (_, unit) => (unit < half ? 1 : 0)))
  const second = tf.tensor1d(Float32Array.from({ length: units }, (_, unit) => (unit < half ? 0 : 1)))
  return tf.add(tf.mul(tf.tanh(sums), first), tf.mul(tf.relu(sums), second))
}

function checkLayer({ inputs, units, weights, bias }: LayerValues, at: number, all: readonly LayerValues[]): void {
  const where = `layer ${at + 1} (${inputs} inputs, ${units} units)`
  const before = all[at - 1]
  if (before && before.units !== inputs) throw new RangeError(`${where} follows one of ${before.units} units`)
  if (weights.length !== inputs * units) throw new RangeError(`${where} has ${weights.length} weights`)
  if (bias.length !== units) throw new RangeError(`${where} has ${bias.length} biases`)
  if (![weights, bias].every((list) => list.every(Number.isFinite)))
    throw new RangeError(`${where} has a number that is not finite`)
}

/** Bytes are little-endian, as every machine that runs Node has them. */
const base64Of = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')

/** A copy of its own: a Buffer's bytes need not lie on a multiple of four. A torn last number is dropped, and the length then tells. */
function floatsOf(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer, 0, bytes.length >> 2)
}
