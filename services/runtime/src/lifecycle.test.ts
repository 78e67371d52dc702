import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLifecycle, stopOnSignals } from './lifecycle.ts'
import { createLogger } from './logger.ts'

const silent = createLogger({ level: 'silent', readable: false })

test('what was opened last closes first, and only once', async () => {
  const closed: string[] = []
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 1000 })
  for (const name of ['log', 'store', 'score']) lifecycle.opened(name, async () => void closed.push(name))
  assert.deepEqual(await Promise.all([lifecycle.stop('test'), lifecycle.stop('again')]), [0, 0])
  assert.deepEqual(closed, ['score', 'store', 'log'])
  assert.equal(await lifecycle.stopped, 0)
})

test('one that fails to close does not keep the others open, and the exit code says so', async () => {
  const closed: string[] = []
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 1000 })
  lifecycle.opened('log', async () => void closed.push('log'))
  lifecycle.opened('store', async () => {
    throw new Error('disk gone')
  })
  assert.equal(await lifecycle.stop('test'), 1)
  assert.deepEqual(closed, ['log'])
})

test('a stop that hangs ends at the bound', async () => {
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 20 })
  lifecycle.opened('stuck', () => new Promise(() => {}))
  assert.equal(await lifecycle.stop('test'), 1)
})

test('a failure exits with 1 after an orderly close', async () => {
  const closed: string[] = []
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 1000 })
  lifecycle.opened('log', async () => void closed.push('log'))
  assert.equal(await lifecycle.fail('score stopped', new Error('no')), 1)
  assert.deepEqual(closed, ['log'])
})

test('opening while stopping is a mistake of the program', async () => {
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 1000 })
  await lifecycle.stop('test')
  assert.throws(() => lifecycle.opened('late', async () => {}), /late was opened while the program stops/)
})

test('a signal stops, a second one ends at once', async () => {
  const codes: number[] = []
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 60_000 })
  let release = () => {}
  lifecycle.opened('slow', () => new Promise((done) => (release = done)))
  const untie = stopOnSignals(lifecycle, (code) => codes.push(code))
  process.emit('SIGTERM', 'SIGTERM')
  assert.deepEqual(codes, [])
  process.emit('SIGTERM', 'SIGTERM')
  assert.deepEqual(codes, [1])
  release()
  assert.equal(await lifecycle.stopped, 0)
  untie()
})
