import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FetchedBatch } from './kafka-fetched-batches.ts'
import { openPositions } from './kafka-positions.ts'

const at = (partition: number) => ({ topic: 't', partition })
const stand = (...offsets: number[]) => offsets.map((offset, partition) => ({ ...at(partition), offset }))

/** Records `from` to `to` (exclusive) of partition 0, as one fetch. */
function fetched(from: number, to: number) {
  const outcomes: string[] = []
  const records = Array.from({ length: to - from }, (_, index) => ({
    ...at(0),
    offset: from + index,
    key: '',
    value: Buffer.alloc(0),
    headers: {},
    timestamp: 0,
  }))
  const made: FetchedBatch = { ...at(0), records, end: 100, taken: 0, settle: (outcome) => outcomes.push(outcome) }
  return { made, outcomes }
}

test('reports what came with its committed offset, and what left', () => {
  const positions = openPositions()
  assert.deepEqual(positions.change([at(1), at(0)], stand(5, 7)), { assigned: stand(5, 7), revoked: [] })
  assert.deepEqual(positions.change([at(1)], stand(5, 7)), { assigned: [], revoked: [at(0)] })
  assert.deepEqual([positions.has(at(0)), positions.has(at(1))], [false, true])
})

test('a partition that stays keeps its place: what is fetched again is left out', () => {
  const positions = openPositions()
  positions.change([at(0)], stand(0))
  const first = fetched(0, 10)
  assert.equal(positions.take(first.made, 100)?.lag, 90)
  assert.deepEqual(positions.change([at(0)], stand(4)), { assigned: [], revoked: [] })
  const again = fetched(4, 14)
  assert.deepEqual(
    positions.take(again.made, 100)?.records.map(({ offset }) => offset),
    [10, 11, 12, 13],
  )
  const known = fetched(4, 14)
  assert.equal(positions.take(known.made, 100), undefined)
  assert.deepEqual(known.outcomes, ['taken'], 'a batch of known records does not hold the fetch up')
})

test('a partition on which another member has worked is gone and come', () => {
  const positions = openPositions()
  positions.change([at(0)], stand(0))
  positions.take(fetched(0, 10).made, 100)
  assert.deepEqual(positions.change([at(0)], stand(11)), { assigned: stand(11), revoked: [at(0)] })
})

test('a fetch is settled once all of it is taken, in slices', () => {
  const positions = openPositions()
  positions.change([at(0)], stand(0))
  const { made, outcomes } = fetched(0, 5)
  assert.equal(positions.take(made, 3)?.records.length, 3)
  assert.deepEqual(outcomes, [])
  assert.equal(positions.take(made, 3)?.records.length, 2)
  assert.deepEqual(outcomes, ['taken'])
})

test('takes nothing of a partition that is not held', () => {
  const { made, outcomes } = fetched(0, 5)
  assert.equal(openPositions().take(made, 3), undefined)
  assert.deepEqual(outcomes, [])
})

test('what begins beyond the place that is held is asked for again, once a place', () => {
  const positions = openPositions()
  positions.change([at(0)], stand(4))
  assert.equal(positions.missing(fetched(7, 9).made), 4)
  assert.equal(positions.missing(fetched(4, 9).made), undefined, 'it came')
  assert.equal(positions.missing(fetched(2, 9).made), undefined, 'what was had before is left out')
  assert.equal(positions.missing(fetched(7, 9).made), undefined, 'nothing lies between: the log has dropped it')
  positions.change([at(0)], stand(4))
  assert.equal(positions.missing(fetched(7, 9).made), 4, 'another assignment may begin elsewhere')
  assert.equal(positions.missing({ ...fetched(7, 9).made, ...at(1) }), undefined, 'not held')
})
