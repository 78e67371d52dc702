import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FetchedBatch, FetchedBatches } from './kafka-fetched-batches.ts'
import { openGaplessBatches } from './kafka-gapless-batches.ts'
import { openPositions } from './kafka-positions.ts'

const at = { topic: 't', partition: 0 }

function fetched(from: number): FetchedBatch {
  const record = { ...at, key: '', value: Buffer.alloc(0), headers: {}, timestamp: 0 }
  const records = [from, from + 1].map((offset) => ({ ...record, offset }))
  return { ...at, records, end: 100, taken: 0, settle: () => {} }
}

/** Held from offset 4 on; the log begins at `start`. */
function standing(start: number) {
  const positions = openPositions()
  positions.change([at], [{ ...at, offset: 4 }])
  let waiting: FetchedBatch[] = []
  const waitingBatches: FetchedBatches = {
    put: async () => {},
    turnOver: () => {},
    all: () => [...waiting],
    drop: (which = () => true) => {
      waiting = waiting.filter((fetched) => !which(fetched))
    },
  }
  const sought: string[] = []
  const consumer = { seek: ({ offset }: { offset: string }) => void sought.push(offset) }
  const whole = openGaplessBatches({ consumer, positions, waitingBatches, startOffset: async () => start })
  const come = async (from: number) => {
    waiting = [fetched(from)]
    return (await whole(() => true)).map(({ records }) => records[0]?.offset)
  }
  return { come, sought }
}

test('what kafkajs left out is fetched before anything later is worked on', async () => {
  const { come, sought } = standing(0)
  assert.deepEqual([await come(9), sought], [[], ['4']])
  assert.deepEqual([await come(4), sought], [[4], ['4']])
})

test('where retention has taken it, or it comes no second time, work goes on', async () => {
  const gone = standing(9)
  assert.deepEqual([await gone.come(9), gone.sought], [[9], []])
  const partly = standing(6)
  assert.deepEqual([await partly.come(9), partly.sought], [[], ['6']])
  assert.deepEqual([await partly.come(9), partly.sought], [[9], ['6']])
})
