import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { seededRandom } from '../training/seeded-random.ts'
import { type LayerValues, Network } from './network.ts'
import { openTensorBackend, TensorBackendError } from './tensor-backend.ts'

const inputs = 35
const random = seededRandom(7)
const normals = (length: number) => new Float32Array(length).map(() => random.normal())
const layer = (from: number, units: number): LayerValues => ({
  inputs: from,
  units,
  weights: normals(from * units).map((weight) => weight / Math.sqrt(from)),
  bias: normals(units),
})
const values = [layer(inputs, 24), layer(24, 16), layer(16, 1)]
const rows = 1024
const features = normals(rows * inputs)

/** The same network as plain loops in double precision. */
function referenceLogits(): number[] {
  return Array.from({ length: rows }, (_, row) => {
    let x = Array.from(features.subarray(row * inputs, (row + 1) * inputs))
    for (const [at, { units, weights, bias }] of values.entries()) {
      const sums = Array.from(bias, (start, unit) =>
        x.reduce((sum, value, input) => sum + value * weights[input * units + unit]!, start),
      )
      x = at === 2 ? sums : sums.map((sum, unit) => (unit < units / 2 ? Math.tanh(sum) : Math.max(sum, 0)))
    }
    return x[0]!
  })
}

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, at) => Math.abs(value - b[at]!)))

before(() => openTensorBackend('wasm'))

test('wasm computes what plain loops compute, to 1e-5', () => {
  assert(largestGap(new Network(values).predict(features, rows), referenceLogits()) < 1e-5)
})

test('wasm gives a row the same bits in whatever batch it comes', () => {
  const network = new Network(values)
  const whole = network.predict(features, rows)
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300 })), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(sizes, fc.nat(rows - 1), (batches, start) => {
      let from = start
      for (const size of batches) {
        const to = Math.min(rows, from + size)
        assert.deepEqual(
          network.predict(features.subarray(from * inputs, to * inputs), to - from),
          whole.subarray(from, to),
        )
        from = to === rows ? 0 : to
      }
    }),
    { numRuns: 200 },
  )
})

test('more rows than one call of the engine takes are still one answer', () => {
  const network = new Network(values)
  const nine = new Float32Array(rows * inputs * 9)
  for (let at = 0; at < 9; at++) nine.set(features, at * rows * inputs)
  const logits = network.predict(nine, rows * 9)
  assert.deepEqual(logits.subarray(rows * 8), network.predict(features, rows))
})

test('an artifact keeps every bit of the network', () => {
  const network = new Network(values)
  const again = Network.fromArtifact(JSON.parse(JSON.stringify(network.toLayers())))
  assert.deepEqual(again.toLayers(), network.toLayers())
  assert.deepEqual(again.predict(features, rows), network.predict(features, rows))
})

test('layers whose numbers do not fit are refused by name', () => {
  const [first, second, third] = new Network(values).toLayers()
  const torn = (change: object) => () => Network.fromArtifact([first!, { ...second!, ...change }, third!])
  assert.throws(torn({ bias: third!.bias }), /layer 2 \(24 inputs, 16 units\) has 1 biases/)
  assert.throws(torn({ weights: second!.weights.slice(0, -8) }), /layer 2 .* weights/)
  assert.throws(torn({ inputs: 23 }), /layer 2 .* follows one of 24 units/)
  const notANumber = new Float32Array(16).fill(Number.NaN)
  assert.throws(torn({ bias: Buffer.from(notANumber.buffer).toString('base64') }), /not finite/)
  assert.throws(() => Network.fromArtifact([first!, second!]), /the last with one unit/)
})

test('predicting holds no memory, and a disposed network gives its own back', () => {
  const held = tf.memory().numTensors
  const network = new Network(values)
  assert.equal(tf.memory().numTensors, held + 6)
  for (let at = 0; at < 20; at++) network.predict(features, rows)
  assert.equal(tf.memory().numTensors, held + 6)
  network.dispose()
  assert.equal(tf.memory().numTensors, held)
})

test('native and wasm agree to 1e-5 where native is built; elsewhere it is refused with what to do, and nothing stands in', async (context) => {
  const onWasm = new Network(values).predict(features, rows)
  try {
    await openTensorBackend('native')
  } catch (error) {
    assert.ok(error instanceof TensorBackendError)
    assert.match(error.message, /tfjs-node/)
    context.diagnostic(`native is not built here: ${error.message}`)
    return
  }
  try {
    assert(largestGap(new Network(values).predict(features, rows), onWasm) < 1e-5)
  } finally {
    await openTensorBackend('wasm')
  }
})
