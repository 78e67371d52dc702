import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeSpan } from './time-span.ts'

const day = 24 * 60 * 60 * 1000
const inDays = (times: readonly number[]) => timeSpan(times.map((time) => time * day)).map((at) => (at * 1000) / day)

test('days have half a day on both sides, so that their bars are whole', () => {
  assert.deepEqual(inDays([10, 11, 12, 13, 14, 15]), [9.5, 15.5])
  assert.deepEqual(inDays([10]), [9.5, 10.5])
})

test('a chart of few sessions, far from each other, does not reach far into days to come', () => {
  const [from = 0, until = 0] = inDays([10, 22])
  assert.ok(from > 8.7 && until < 23.3, `${from} to ${until}`)
})
