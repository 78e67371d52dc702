import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import type { EachBatchPayload } from 'kafkajs'
import { openFetchedBatches } from './kafka-fetched-batches.ts'

/** A batch of one record, and where it was resolved to. */
function fetched(resolved: string[]): EachBatchPayload {
  const message = { offset: '7', key: null, value: Buffer.from('v'), timestamp: '1', headers: {} }
  const batch = { topic: 't', partition: 0, highWatermark: '8', messages: [message], lastOffset: () => '7' }
  return {
    batch,
    heartbeat: async () => {},
    resolveOffset: (offset: string) => resolved.push(offset),
  } as unknown as EachBatchPayload
}

const open = (fetchEveryMs: number) =>
  openFetchedBatches({ heartbeatMs: 1_000, fetchEveryMs, refuses: () => false, onBatch: () => {} })

test('kafkajs fetches again so long after the last fetch, when its records are taken', async () => {
  const everyMs = 60
  const waitingBatches = open(everyMs)
  const resolved: string[] = []
  const startMs = performance.now()
  const handled = waitingBatches.put(fetched(resolved))
  waitingBatches.all()[0]?.settle('taken')
  await handled
  assert.deepEqual(resolved, ['7'])
  // Timers are whole milliseconds.
  assert.ok(performance.now() - startMs >= everyMs - 2)
})

test('what is dropped is fetched again at once', async () => {
  const waitingBatches = open(hourMs)
  const resolved: string[] = []
  const handled = waitingBatches.put(fetched(resolved))
  waitingBatches.drop()
  await handled
  assert.deepEqual(resolved, [])
})
