import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { volumeFamily } from './volume-family.ts'

const minusLog = (p: number) => -Math.log(p)
const history = (count: number, changes: Partial<AgentEvent>) =>
  Array.from({ length: count }, (_, at) => eventOf({ session: `s${at}`, ...changes }))
/** The share of amounts as large, three levels of the same `total`. */
const tail = (above: number, total: number) => {
  let p = 0.5
  for (let level = 0; level < 3; level++) p = (above + 2 * p) / (total + 2)
  return p
}

test('an amount of bytes sent, by its bin, its tail and the octaves above all known', () => {
  const world = taught(history(12, { bytes_sent: 1000 }))
  const shape = shapeOf({ bytes_sent: 16_000 }, { session_bytes_sent: 16_000 })
  const bin = pitmanYor(12, 0, 1, pitmanYor(12, 0, 1, pitmanYor(12, 0, 1, 0.02)))
  // 1000 lies in bin 39, 16,000 in bin 55: four octaves, of which the first is ordinary.
  assertNear(deviationByName(volumeFamily, world.against(shape)), {
    sent_surprise: minusLog(bin),
    sent_tail: minusLog(tail(0, 12)),
    amount_excess: 2 * (4 - 1),
    session_sent_tail: minusLog(tail(0, 12)),
    session_received_tail: minusLog(tail(12, 12)),
    session_excess: 2 * (4 - 1),
  })
})

test('of an answer four times the most is ordinary, and ten amounts must be known before more than ever means anything', () => {
  const excess = (known: number, bytes_received: number) =>
    deviationByName(volumeFamily, taught(history(known, { bytes_received: 1000 })).against(shapeOf({ bytes_received })))
      .amount_excess
  assert.equal(excess(12, 4000), undefined)
  assert.equal(excess(12, 8000), 2)
  // Its own four and the same four among its peers are eight.
  assert.equal(excess(4, 1_000_000), undefined)
})

test('of several amounts the largest excess counts', () => {
  const world = taught(history(12, { bytes_sent: 1000, bytes_received: 1000, records: 10 }))
  const shape = shapeOf({ bytes_sent: 4000, bytes_received: 1000, records: 10 * 2 ** 5 })
  const { amount_excess, records_tail } = deviationByName(volumeFamily, world.against(shape))
  // 10 lies in bin 13, 320 in bin 33.
  assert.equal(amount_excess, 2 * (5 - 1))
  assertNear({ records_tail: records_tail as number }, { records_tail: minusLog(tail(0, 12)) })
})

test('what is not reported is off: no amounts, no sizes of failures', () => {
  const world = taught(history(12, { bytes_sent: 1000, bytes_received: 1000, records: 10 }))
  const names = (event: Partial<AgentEvent>, late = false) =>
    Object.keys(deviationByName(volumeFamily, world.against(shapeOf(event, { late })))).sort()
  const totals = ['session_received_tail', 'session_sent_tail']
  for (const late of [false, true]) {
    assert.deepEqual(names({}, late), totals)
    assert.deepEqual(names({ bytes_received: 2 ** 40, outcome: 'failure' }, late), totals)
    assert.deepEqual(names({ records: 10 }, late), ['records_tail', ...totals])
  }
})
