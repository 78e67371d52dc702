import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { featureIndex, featureNames, features } from '@straylight/models/features/feature'
import { Network } from '@straylight/models/scoring/network'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { networkOnly, silenced } from './ablated-network.ts'

before(() => openTensorBackend('wasm'))

test('a silenced network says the same whatever network-only features are, and listens to all others', () => {
  const inputs = features.length
  const layers = [
    { inputs, units: 2, weights: new Float32Array(2 * inputs).fill(0.3), bias: new Float32Array(2) },
    { inputs: 2, units: 1, weights: Float32Array.of(1, 1), bias: new Float32Array(1) },
  ] as const
  const network = new Network([silenced(layers[0]), layers[1]])
  const logitWith = (name: string) => {
    const row = new Float32Array(inputs)
    row[featureIndex(name as (typeof featureNames)[number])] = 1
    return network.predict(row, 1)[0] as number
  }
  const quiet = featureNames.filter((name) => logitWith(name) === 0)
  network.dispose()
  assert.deepEqual(quiet, networkOnly)
  assert.ok(quiet.length > 10 && quiet.length < inputs)
})
