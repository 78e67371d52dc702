import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallOptions, Query } from '@straylight/runtime/store/store'
import { StoreError } from '@straylight/runtime/store/store-error'
import { z } from 'zod'
import { createAnswerTimes } from './answer-times.ts'
import { createAsk, question, waitingMax } from './ask.ts'
import { askedFor } from './asked-for.ts'
import { cursorOf, placeOfCursor } from './cursor.ts'
import { createHeldAnswers } from './held-answers.ts'

const one = question('one', 'SELECT 1 AS one', z.object({ one: z.number() }))

test('a question bounds its time, its memory and its threads, gives way to detection, and is asked in the lane of people', async () => {
  assert.match(
    one.sql,
    /SETTINGS max_execution_time = 10, .*max_threads = 1, max_memory_usage = \d+, os_thread_priority = 10, readonly = 2$/,
  )
  const asked: CallOptions[] = []
  const ask = createAsk({
    query: async <P extends Record<string, unknown>, Row>(
      _query: Query<P, Row>,
      _given: P,
      options: CallOptions = {},
    ) => {
      asked.push(options)
      return [] as Row[]
    },
  })
  await ask(one, {})
  assert.equal(asked[0]?.forPeople, true)
})

test('more questions than may wait are refused at once, and what went wrong is said in words of the console', async () => {
  const { promise, resolve } = hold()
  const ask = createAsk({
    query: async <_P extends Record<string, unknown>, Row>() => {
      await promise
      return [] as Row[]
    },
  })
  const waiting = Array.from({ length: waitingMax }, () => ask(one, {}))
  await assert.rejects(ask(one, {}), { code: 'busy', status: 503, retryAfterSeconds: 5 })
  resolve()
  await Promise.all(waiting)
  assert.equal(ask.waiting(), 0)
  await ask(one, {})

  const failing = (cause: Error) =>
    createAsk({
      query: () => Promise.reject(new StoreError('one', cause)),
    })
  const slow = Object.assign(new Error('Timeout exceeded'), { code: '159' })
  await assert.rejects(failing(slow)(one, {}), { code: 'too_slow', status: 504 })
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  await assert.rejects(failing(away)(one, {}), { code: 'away', status: 503 })
})

test('whoever asks more than may wait is refused alone: others ask on, and have their turn before what waits', async () => {
  const { promise, resolve } = hold()
  const answered: unknown[] = []
  const ask = createAsk({
    query: async <P extends Record<string, unknown>, Row>(_query: Query<P, Row>, given: P) => {
      await promise
      answered.push(given.of)
      return [] as Row[]
    },
  })
  const loud = ['acme', 'beta', 'gamma'].flatMap((of) =>
    Array.from({ length: waitingMax }, () => askedFor.run(of, () => ask(one, { of }))),
  )
  await askedFor.run('acme', () => assert.rejects(ask(one, { of: 'acme' }), { code: 'busy' }))
  const quiet = askedFor.run('delta', () => ask(one, { of: 'delta' }))
  resolve()
  await Promise.all([...loud, quiet])
  const place = answered.indexOf('delta')
  assert.ok(place < 20, `it was answered after ${place} of ${answered.length}`)
})

function hold() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

test('an answer is made once for all who ask while it is made, and again where it failed', async () => {
  const held = createHeldAnswers(60_000)
  let made = 0
  const make = async () => {
    made += 1
    return made
  }
  assert.deepEqual(await Promise.all([held('a', make), held('a', make), held('b', make)]), [1, 1, 2])
  assert.equal(await held('a', make), 1)
  await assert.rejects(
    held('c', () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await held('c', make), 3)
  for (let other = 0; other < 600; other++) await held(`other ${other}`, async () => other)
  assert.equal(await held('a', make), 4, 'the oldest made room')
})

test("what takes long is still given while it is made anew, by one alone; a failure is the next asker's", async (t) => {
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  const held = createHeldAnswers(1_000)
  assert.equal(
    await held('slow', async () => {
      clock += 1_000
      return 'first'
    }),
    'first',
  )
  clock = 21_001
  const { promise, resolve } = hold()
  let making = 0
  const second = async () => {
    making += 1
    await promise
    return 'second'
  }
  assert.deepEqual(await Promise.all([held('slow', second), held('slow', second)]), ['first', 'first'])
  clock = 41_001
  const waiting = held('slow', second)
  resolve()
  assert.equal(await waiting, 'second', 'who comes when the old one is too old waits')
  assert.equal(making, 1)
  clock = 41_001 + 20 * 20_000 + 1
  assert.equal(await held('slow', () => Promise.reject(new Error('no'))), 'second')
  await assert.rejects(
    held('slow', () => Promise.reject(new Error('still no'))),
    /still no/,
  )
  let quick = 0
  for (const at of [1e6, 1e6 + 999, 1e6 + 1_001]) {
    clock = at
    assert.equal(await held('quick', async () => ++quick), at < 1e6 + 1_000 ? 1 : 2)
  }
})

test('a cursor is of one list in one order, and nothing else is taken for one', () => {
  const place = { numbers: [-3, 5], texts: ['acme', 'alr_1'] }
  const cursor = cursorOf('alerts gravest', place)
  assert.deepEqual(placeOfCursor('alerts gravest', cursor, 2), place)
  assert.equal(placeOfCursor('alerts gravest', undefined, 2), undefined)
  const few = cursorOf('alerts gravest', { numbers: [-3], texts: ['acme', 'alr_1'] })
  for (const wrong of ['', 'x', '%', cursorOf('alerts newest', place), cursor.slice(0, -4), few])
    assert.throws(() => placeOfCursor('alerts gravest', wrong, 2), { code: 'bad_request' })
})

test('the 95th percentile of the latest answers', () => {
  const times = createAnswerTimes()
  assert.equal(times.p95(), null)
  for (let ms = 1; ms <= 100; ms++) times.add(ms)
  assert.equal(times.p95(), 96)
})
