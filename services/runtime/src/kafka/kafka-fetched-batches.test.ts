import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import type { EachBatchPayload } from 'kafkajs'
import type { FetchPace } from './fetch-pace.ts'
import { openFetchedBatches } from './kafka-fetched-batches.ts'

/** A batch of one record, and where it was resolved to. */
function fetched(resolved: string[], records = 1): EachBatchPayload {
  const message = { offset: '7', key: null, value: Buffer.from('v'), timestamp: '1', headers: {} }
  const messages = Array.from({ length: records }, () => message)
  const batch = { topic: 't', partition: 0, highWatermark: '8', messages, lastOffset: () => '7' }
  return {
    batch,
    heartbeat: async () => {},
    resolveOffset: (offset: string) => resolved.push(offset),
  } as unknown as EachBatchPayload
}

const paceOf = (everyMs: number): FetchPace => ({ turnBegins: () => {}, turnEnds: () => {}, everyMs: () => everyMs })

const open = (fetchEveryMs: number) =>
  openFetchedBatches({ heartbeatMs: 1_000, pace: paceOf(fetchEveryMs), refuses: () => false, onBatch: () => {} })

test('kafkajs fetches again so long after the last fetch, when its records are taken', async () => {
  const everyMs = 60
  const waitingBatches = open(everyMs)
  const resolved: string[] = []
  const startMs = performance.now()
  const handled = waitingBatches.put(fetched(resolved))
  waitingBatches.all()[0]?.settle('taken')
  waitingBatches.turnOver()
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

test('behind a few records the next fetch waits until the loop asks for more; behind many it does not', async () => {
  const waitingBatches = open(0)
  const returned: string[] = []
  const few = waitingBatches.put(fetched([])).then(() => returned.push('few'))
  waitingBatches.all()[0]?.settle('taken')
  const many = waitingBatches.put(fetched([], 1_000)).then(() => returned.push('many'))
  waitingBatches.all()[0]?.settle('taken')
  await many
  assert.deepEqual(returned, ['many'])
  waitingBatches.turnOver()
  await few
})

test('a turn that is over before kafkajs goes on holds up nothing', async () => {
  const waitingBatches = open(0)
  const handled = waitingBatches.put(fetched([]))
  const [batch] = waitingBatches.all()
  batch?.settle('taken')
  // The next poll begins in the same moment, and finds nothing new.
  waitingBatches.turnOver()
  batch?.settle('taken')
  await handled
})

test('heartbeats go on while the loop works on a few records, and the group that ends meanwhile is heard of', async () => {
  const waitingBatches = openFetchedBatches({
    heartbeatMs: 1,
    pace: paceOf(0),
    refuses: () => false,
    onBatch: () => {},
  })
  let beats = 0
  const payload = {
    ...fetched([]),
    heartbeat: async () => {
      if (++beats === 3) throw new Error('the group is being shared out anew')
    },
  }
  const handled = waitingBatches.put(payload)
  waitingBatches.all()[0]?.settle('taken')
  await assert.rejects(handled, /shared out anew/)
})
