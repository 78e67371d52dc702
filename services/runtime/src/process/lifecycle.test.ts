import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLifecycle, Stopping, stopOnSignals } from './lifecycle.ts'
import { createLogger } from './logger.ts'

// Promise 16: whatever fails ends the process with its code, and dead is never ready.

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

test('what is opened while it stops is closed again, and ends the start', async () => {
  const closed: string[] = []
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 1000 })
  let goOn = () => {}
  const started = lifecycle.start(async () => {
    lifecycle.opened('log', async () => void closed.push('log'))
    await new Promise<void>((done) => (goOn = done))
    lifecycle.opened('store', async () => void closed.push('store'))
    assert.fail('the start went on')
  })
  const stopping = lifecycle.stop('test')
  await new Promise(setImmediate)
  assert.equal(closed.length, 0, 'nothing is closed under a start that still uses it')
  goOn()
  await assert.rejects(started, Stopping)
  assert.equal(await stopping, 0)
  assert.deepEqual(closed, ['store', 'log'])
  assert.throws(() => lifecycle.opened('late', async () => void closed.push('late')), Stopping)
  assert.deepEqual(closed, ['store', 'log', 'late'])
})

test('a start that hangs does not outlive the bound of the stop', async () => {
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 20 })
  void lifecycle.start(() => new Promise(() => {}))
  assert.equal(await lifecycle.stop('test'), 1)
  assert.equal(lifecycle.ending()?.late, true)
})

test('what failed first is what it ends with, from that moment on', async () => {
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 1000 })
  assert.equal(lifecycle.ending(), null)
  lifecycle.opened('log', async () => {
    throw new Error('no log')
  })
  const stopped = lifecycle.fail('score stopped', new Error('no'))
  assert.equal(lifecycle.ending()?.reason, 'score stopped')
  void lifecycle.fail('an error that nobody caught', new Error('follows'))
  assert.equal(await stopped, 1)
  assert.equal(lifecycle.ending()?.failure?.what, 'score stopped')
})

test('a failure while it stops in order makes the exit code 1', async () => {
  const lifecycle = createLifecycle({ logger: silent, stopWithinMs: 1000 })
  lifecycle.opened('stages', async () => void lifecycle.fail('ingest stopped', new Error('no')))
  assert.equal(await lifecycle.stop('SIGTERM'), 1)
  assert.equal(lifecycle.ending()?.reason, 'SIGTERM')
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
