import assert from 'node:assert'
import { setImmediate } from 'node:timers/promises'
import * as tf from '@tensorflow/tfjs-core'
import { forward, type LayerTensors, type LayerValues, Network } from '../scoring/network.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'

/** Units of the hidden layers: larger ones found no more on the open streams. */
const hiddenUnits = [24, 16] as const

/** Below any weight: the bound of weights that may take either sign. */
const unbounded = -1e30

export interface TrainNetworkOptions {
  /** Features, row-major [rows, inputs], best within -1 to 1. */
  readonly x: Float32Array
  readonly rows: number
  readonly inputs: number
  /** 1 for spliced rows, 0 for the agent's own. */
  readonly y: Float32Array
  /** How much each row counts; 1 when left out. */
  readonly weights?: Float32Array
  /** By input: whether more of it may only raise the logit. */
  readonly monotone: readonly boolean[]
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  /** Of the first step; falls in a line to 0 at the last. */
  readonly learningRate: number
  /** Pull of the kernels towards 0. */
  readonly l2?: number
}

/**
 * Fits a network by weighted logistic loss with Adam (Kingma and Ba, 2015). After each step weights are projected to
 * the non-negative, but for the first layer's rows of inputs that are not monotone, so the logit can only rise with a monotone input.
 * The same options give the same bytes on the same backend (wasm, cpu). Yields to other work between epochs.
 */
export async function trainNetwork(options: TrainNetworkOptions): Promise<Network> {
  // For its side effect alone: on Node it is what registers the gradients of tfjs-core's operations. Only training needs them.
  await import('@tensorflow/tfjs-layers')
  checkOptions(options)
  const shapes = shapesOf(options.inputs)
  const random = seededRandom(options.seed)
  const trainer = new Trainer(options, shapes, flatWeights(shapes, options.monotone, random))
  try {
    const order = Uint32Array.from({ length: options.rows }, (_, row) => row)
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      random.shuffle(order)
      for (let from = 0; from < options.rows; from += options.batchSize) {
        trainer.step(order.subarray(from, from + options.batchSize))
      }
      await setImmediate()
    }
    return new Network(trainer.layers())
  } finally {
    trainer.dispose()
  }
}

/** Where a layer lies in the flat list of all weights: its kernel from `offset`, its bias behind it. */
interface LayerShape {
  readonly inputs: number
  readonly units: number
  readonly offset: number
}

function shapesOf(inputs: number): LayerShape[] {
  const shapes: LayerShape[] = []
  let offset = 0
  let before = inputs
  for (const units of [...hiddenUnits, 1]) {
    shapes.push({ inputs: before, units, offset })
    offset += (before + 1) * units
    before = units
  }
  return shapes
}

/** What is fixed of each weight: where it starts, how low it may go, and whether L2 pulls at it (kernels only). */
interface FlatWeights {
  readonly initial: Float32Array
  readonly lowest: Float32Array
  readonly pulled: Float32Array
}

function flatWeights(shapes: readonly LayerShape[], monotone: readonly boolean[], random: SeededRandom): FlatWeights {
  const size = shapes.reduce((sum, { inputs, units }) => sum + (inputs + 1) * units, 0)
  const initial = new Float32Array(size)
  const lowest = new Float32Array(size).fill(unbounded)
  const pulled = new Float32Array(size)
  for (const [depth, { inputs, units, offset }] of shapes.entries()) {
    const spread = 1 / Math.sqrt(inputs)
    for (let at = 0; at < inputs * units; at++) {
      const magnitude = Math.abs(random.normal()) * spread
      const free = depth === 0 && monotone[Math.floor(at / units)] === false
      // Free weights start small: a sign drawn at random should not outweigh what the data say.
      initial[offset + at] = free ? magnitude * (random.next() < 0.5 ? -0.3 : 0.3) : magnitude
      if (!free) lowest[offset + at] = 0
      pulled[offset + at] = 1
    }
    // Weights that are all positive push hidden units up: they start a little below, so that few surprises leave them quiet.
    if (depth < shapes.length - 1) initial.fill(-0.3, offset + inputs * units, offset + (inputs + 1) * units)
  }
  return { initial, lowest, pulled }
}

/** Adam whose rate can be set before a step, which the library's own does not offer. */
class PacedAdam extends tf.AdamOptimizer {
  pace(learningRate: number): void {
    this.learningRate = learningRate
  }
}

/** All weights are one variable, so that a step costs one update and one projection instead of six of each. */
class Trainer {
  private readonly variable: tf.Variable<tf.Rank.R1>
  private readonly lowest: tf.Tensor1D
  private readonly pull: tf.Tensor1D
  private readonly adam: PacedAdam
  private readonly options: TrainNetworkOptions
  private readonly shapes: readonly LayerShape[]
  private readonly stepsMax: number
  private steps = 0

  constructor(options: TrainNetworkOptions, shapes: readonly LayerShape[], flat: FlatWeights) {
    this.options = options
    this.shapes = shapes
    this.variable = tf.tidy(() => tf.variable(tf.tensor1d(flat.initial)))
    this.lowest = tf.tensor1d(flat.lowest)
    this.pull = tf.tensor1d(flat.pulled.map((pulled) => (pulled * (options.l2 ?? 3e-4)) / 2))
    this.adam = new PacedAdam(options.learningRate, 0.9, 0.999)
    this.stepsMax = options.epochs * Math.ceil(options.rows / options.batchSize)
  }

  step(batch: Uint32Array): void {
    this.adam.pace(this.options.learningRate * (1 - this.steps / this.stepsMax))
    this.steps++
    tf.tidy(() => {
      const { x, y, weights } = this.gather(batch)
      this.adam.minimize(() => this.loss(x, y, weights), false, [this.variable])
      this.variable.assign(tf.maximum(this.variable, this.lowest))
    })
  }

  private gather(batch: Uint32Array): { x: tf.Tensor2D; y: tf.Tensor2D; weights: tf.Tensor2D } {
    const { inputs, x, y, weights } = this.options
    const features = new Float32Array(batch.length * inputs)
    const labels = new Float32Array(batch.length)
    const importances = new Float32Array(batch.length)
    batch.forEach((row, at) => {
      features.set(x.subarray(row * inputs, (row + 1) * inputs), at * inputs)
      labels[at] = y[row] ?? 0
      importances[at] = weights?.[row] ?? 1
    })
    return {
      x: tf.tensor2d(features, [batch.length, inputs]),
      y: tf.tensor2d(labels, [batch.length, 1]),
      weights: tf.tensor2d(importances, [batch.length, 1]),
    }
  }

  /** Cross entropy from the logit, log(1 + e^z) − yz, which does not overflow as the sigmoid's logarithm does. */
  private loss(x: tf.Tensor2D, y: tf.Tensor2D, weights: tf.Tensor2D): tf.Scalar {
    const logits = forward(x, this.tensors())
    const losses = tf.mul(weights, tf.sub(tf.softplus(logits), tf.mul(y, logits)))
    const pull = tf.sum(tf.mul(this.pull, tf.square(this.variable)))
    return tf.add(tf.mean(losses), pull)
  }

  /** The layers as views that gradients flow back through. */
  private tensors(): LayerTensors[] {
    return this.shapes.map(({ inputs, units, offset }) => ({
      kernel: tf.reshape(tf.slice1d(this.variable, offset, inputs * units), [inputs, units]),
      bias: tf.slice1d(this.variable, offset + inputs * units, units),
    }))
  }

  layers(): LayerValues[] {
    const all = this.variable.dataSync<'float32'>()
    return this.shapes.map(({ inputs, units, offset }) => {
      const biasFrom = offset + inputs * units
      return { inputs, units, weights: all.slice(offset, biasFrom), bias: all.slice(biasFrom, biasFrom + units) }
    })
  }

  dispose(): void {
    this.adam.dispose()
    tf.dispose([this.variable, this.lowest, this.pull])
  }
}

function checkOptions({ x, rows, inputs, y, weights, monotone, epochs, batchSize, learningRate }: TrainNetworkOptions) {
  assert(rows > 0 && inputs > 0, 'training needs rows and inputs')
  assert.equal(x.length, rows * inputs, 'x must be rows × inputs')
  assert.equal(y.length, rows, 'y must have one value a row')
  assert(weights === undefined || weights.length === rows, 'weights must have one value a row')
  assert.equal(monotone.length, inputs, 'monotone must have one value an input')
  assert(epochs > 0 && batchSize > 0 && learningRate > 0, 'epochs, batchSize and learningRate must be positive')
  assert(x.every(Number.isFinite), 'x must be finite')
}
