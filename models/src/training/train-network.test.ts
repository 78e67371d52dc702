import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { openTensorBackend } from '../scoring/tensor-backend.ts'
import { seededRandom } from './seeded-random.ts'
import { type TrainNetworkOptions, trainNetwork } from './train-network.ts'

const inputs = 8
/** The last two inputs are contexts: they may lower the logit. */
const monotone = Array.from({ length: inputs }, (_, input) => input < 6)

/** Rows whose label is drawn from a logistic curve over the inputs, and the loss that curve itself has on them. */
function logisticRows(
  rows: number,
  slopes: readonly number[],
): Pick<TrainNetworkOptions, 'x' | 'y' | 'rows'> & { best: number } {
  const random = seededRandom(11)
  const x = new Float32Array(rows * inputs).map(() => random.next())
  const offset = slopes.reduce((sum, slope) => sum + slope, 0) / 2
  let best = 0
  const y = new Float32Array(rows).map((_, row) => {
    const logit = slopes.reduce((sum, slope, input) => sum + slope * x[row * inputs + input]!, -offset)
    const label = random.next() < 1 / (1 + Math.exp(-logit)) ? 1 : 0
    best += Math.log1p(Math.exp(label ? -logit : logit)) / rows
    return label
  })
  return { x, y, rows, best }
}

const lossOf = (logits: Float32Array, y: Float32Array) =>
  logits.reduce((sum, logit, row) => sum + Math.log1p(Math.exp(y[row] ? -logit : logit)), 0) / logits.length

const settings = { inputs, monotone, seed: 5, epochs: 12, batchSize: 128, learningRate: 0.01 }

before(() => openTensorBackend('wasm'))

test('a logistic curve is learnt nearly as well as it can be known', async () => {
  const { best, ...data } = logisticRows(4000, [3, 2, 4, 1, 0, 2, -4, 3])
  const network = await trainNetwork({ ...settings, ...data })
  const loss = lossOf(network.predict(data.x, data.rows), data.y)
  assert(loss < best + 0.015, `loss ${loss}, the curve's own ${best}`)
})

test('what would lower the logit with more surprise is not learnt', async () => {
  const { best: _, ...data } = logisticRows(2000, [-6, 0, 0, 0, 0, 0, 0, 0])
  const network = await trainNetwork({ ...settings, ...data })
  const [quiet, loud] = network.predict(
    new Float32Array(2 * inputs).map((_, at) => (at === inputs ? 1 : 0)),
    2,
  )
  assert(Math.abs(loud! - quiet!) < 0.1, `${quiet} against ${loud}`)
})

test('raising a monotone input never lowers the logit; a context input may', async () => {
  const { best: _, ...data } = logisticRows(2000, [3, 2, -4, 1, 0, 2, -4, 3])
  const network = await trainNetwork({ ...settings, ...data, epochs: 4 })
  const row = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: inputs, maxLength: inputs })
  const raise = fc.tuple(fc.nat(5), fc.float({ min: 0, max: 2, noNaN: true }))
  fc.assert(
    fc.property(row, fc.array(raise, { minLength: 1, maxLength: 4 }), (base, raises) => {
      const raised = base.slice()
      for (const [input, by] of raises) raised[input]! += by
      const [before, after] = network.predict(Float32Array.from([...base, ...raised]), 2)
      // tanh is approximated to a few units in the last place: not more than that may it fall.
      assert(after! >= before! - 1e-5, `${before} fell to ${after}`)
    }),
    { numRuns: 1000 },
  )
  const contexts = new Float32Array(2 * inputs).fill(0.5)
  contexts[inputs + 6] = 1
  const [before, after] = network.predict(contexts, 2)
  assert(after! < before!)
})

test('the same seed gives the same bytes, another seed others', async () => {
  const { best: _, ...data } = logisticRows(600, [3, 2, 4, 1, 0, 2, -4, 3])
  const train = async (seed: number) => (await trainNetwork({ ...settings, ...data, seed, epochs: 2 })).toLayers()
  assert.deepEqual(await train(1), await train(1))
  assert.notDeepEqual(await train(1), await train(2))
})

test('a row of weight 0 counts for nothing', async () => {
  const { best: _, ...data } = logisticRows(600, [3, 2, 4, 1, 0, 2, -4, 3])
  const weights = new Float32Array(600).map((_, row) => (row % 3 === 0 ? 0 : 1))
  const flipped = data.y.map((label, row) => (row % 3 === 0 ? 1 - label : label))
  const a = await trainNetwork({ ...settings, ...data, weights, epochs: 2 })
  const b = await trainNetwork({ ...settings, ...data, y: flipped, weights, epochs: 2 })
  assert.deepEqual(a.toLayers(), b.toLayers())
})

test('training leaves nothing behind but the network', async () => {
  const { best: _, ...data } = logisticRows(300, [3, 2, 4, 1, 0, 2, -4, 3])
  const held = tf.memory().numTensors
  const network = await trainNetwork({ ...settings, ...data, epochs: 1 })
  network.dispose()
  assert.equal(tf.memory().numTensors, held)
})

test('rows that do not fit and numbers that are not finite are refused', async () => {
  const { best: _, ...data } = logisticRows(10, [3, 2, 4, 1, 0, 2, -4, 3])
  await assert.rejects(trainNetwork({ ...settings, ...data, rows: 9 }), /rows × inputs/)
  await assert.rejects(trainNetwork({ ...settings, ...data, monotone: [true] }), /monotone/)
  const x = data.x.map((value, at) => (at === 3 ? Number.NaN : value))
  await assert.rejects(trainNetwork({ ...settings, ...data, x }), /finite/)
})
