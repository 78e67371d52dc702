import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { DatedApartWatch, datedApartSentence } from './dated-apart.ts'

const start = Date.parse('2026-06-01T00:00:00Z')
const record = (key: string, time_ms: number | null, line: number) => ({
  ...{ key, time_ms, line, file: 'june.ndjson', value: Buffer.alloc(0), headers: {}, sequence: line },
})

/** A month of an agent, ten lines a day, after lines that claim an earlier day. */
function watched(before: readonly number[], key = 'acme|mailer', watch = new DatedApartWatch()): DatedApartWatch {
  let line = 0
  for (const days of before) watch.observe(record(key, start - days * dayMs, ++line))
  for (let turn = 0; turn < 300; turn++) watch.observe(record(key, start + turn * 0.1 * dayMs, ++line))
  return watch
}

test('a line dated before all others of its agent is named, with its place and its claim', () => {
  const [apart, ...more] = watched([9_000]).found()
  assert.deepEqual(more, [])
  assert.deepEqual([apart?.line, apart?.lines, apart?.days], [1, 1, 9_000])
  assert.equal(
    apart && datedApartSentence(apart),
    'june.ndjson, line 1: here is 1 line dated 2001-10-10, 9,000 days before all others of this agent. What is dated first is learnt as ordinary: look whether it is true.',
  )
  assert.equal(watched([40, 39]).found()[0]?.lines, 2)
})

test('the lines of other agents in between hide nothing', () => {
  const watch = watched([], 'acme|other')
  watched([8], 'acme|mailer', watch)
  assert.deepEqual(
    watch.found().map(({ days }) => days),
    [8],
  )
})

test('an ordinary history says nothing: holidays, a slow start, an agent of few lines, lines without a time', () => {
  assert.deepEqual(watched([]).found(), [])
  assert.deepEqual(watched([20, 19.9, 19.8, 19.7]).found(), [])
  const weekly = new DatedApartWatch()
  for (let week = 0; week < 50; week++) weekly.observe(record('acme|weekly', start + week * 7 * dayMs, week))
  weekly.observe(record('acme|weekly', null, 51))
  assert.deepEqual(weekly.found(), [])
})
