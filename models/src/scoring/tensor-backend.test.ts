import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTensorBackend, TensorBackendError } from './tensor-backend.ts'

const listeners = () => ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event))

test('wasm and cpu open, say what they are, and leave the process its own fatal handlers', async () => {
  const mine = () => {}
  process.on('unhandledRejection', mine)
  const before = listeners()
  assert.match((await openTensorBackend('wasm')).description, /^TensorFlow\.js 4\.\d+\.\d+, wasm/)
  assert.deepEqual(listeners(), before)
  assert.equal((await openTensorBackend('cpu')).name, 'cpu')
  assert.deepEqual(listeners(), before)
  process.off('unhandledRejection', mine)
})

test('native either computes or is refused with what to do; no other backend stands in', async () => {
  try {
    assert.equal((await openTensorBackend('native')).name, 'native')
  } catch (error) {
    assert(error instanceof TensorBackendError)
    assert.match(error.message, /'native' cannot be used: .+tfjs-node.+ or choose 'wasm'/s)
  }
})
