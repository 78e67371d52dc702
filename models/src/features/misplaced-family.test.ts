import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { deviationOf } from './deviation.ts'
import { featureIndex } from './feature.ts'
import { misplacedExcess, sizeExcess } from './misplaced-family.ts'

const names = ['misplaced_surprise', 'misplaced_excess', 'misplaced_size_excess'] as const
const misplaced = (out: Float64Array) => names.map((name) => out[featureIndex(name)] as number)

const excesses = (misplaced: number, sent = 0): number[] => [misplacedExcess(misplaced), sizeExcess(misplaced, sent)]

test('a step is out of its place from three nats on, and by six at most', () => {
  assert.deepEqual(
    [2, 3, 7, 9, 20].map((nats) => excesses(nats)[0]),
    [0, 0, 4, 6, 6],
  )
})

test('a size that it hardly ever had counts with it: the lesser of both, from five nats on and by three at most', () => {
  assert.deepEqual(
    [4, 6, 7.5, 20].map((sent) => excesses(9, sent)[1]),
    [0, 1, 2.5, 3],
  )
  assert.deepEqual(
    [4, 6, 7.5, 20].map((nats) => excesses(nats, 9)[1]),
    [0, 1, 2.5, 3],
  )
})

/** Sixty sessions that read, check and pay, and what a call after one of these steps, of so many bytes, comes to. */
const world = taught(
  Array.from({ length: 60 }, (_, at) => [
    eventOf({ session: `s${at}`, action: 'read', bytes_sent: 20 }),
    eventOf({ session: `s${at}`, action: 'check', bytes_sent: 40 }),
    eventOf({ session: `s${at}`, action: 'pay', bytes_sent: 200 }),
  ]).flat(),
)
const call = (action: string, previous_step: string, bytes_sent: number) =>
  misplaced(deviationOf(world.against(shapeOf({ action, bytes_sent }, { previous_step }))))

test('by hand: sixty sessions that read, check and pay', () => {
  // After read come 60 checks in two levels: what is left for others is (1 + .5) / 61 of each.
  const [left] = call('pay', 'erp/read', 200)
  assert.ok(Math.abs((left as number) + 2 * Math.log(1.5 / 61)) < 1e-9)
  assert.deepEqual(call('pay', 'erp/check', 200), [0, 0, 0])
  assert.deepEqual(call('pay', 'erp/check', 9_000), [0, 0, 0])
})

test('a step that nobody ever took is as far out of its place as a usual one, however large the history', () => {
  assert.deepEqual(call('drop', 'erp/read', 200)[0], call('pay', 'erp/read', 200)[0])
})

test('a call made again at once is not out of its place, nor one whose order is not known', () => {
  assert.deepEqual(call('pay', 'erp/pay', 200), [0, 0, 0])
  const late = shapeOf({ action: 'pay' }, { previous_step: 'erp/read', late: true })
  assert.deepEqual(misplaced(deviationOf(world.against(late))), [0, 0, 0])
})
