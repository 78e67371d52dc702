import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import type { NewRecord } from '@straylight/runtime/log/log'
import { runStage } from '@straylight/runtime/process/run-stage'

/**
 * A stage as a process of its own: copies each record of topic FROM to TO with its source offset, until it is killed:
 * `copy-stage.ts BROKERS FROM TO`.
 */
const [brokers, from, to] = process.argv.slice(2)
if (brokers === undefined || from === undefined || to === undefined) {
  throw new Error('usage: copy-stage.ts BROKERS FROM TO')
}
const log = await openKafkaLog({
  brokers: brokers.split(','),
  clientId: 'copy-stage',
  sessionTimeoutMs: 3000,
  log: () => undefined,
})
await runStage(
  {
    // The group's name comes from it; the broker under this test is the test's own.
    name: 'score',
    topics: [from],
    batchRecordsMax: 20,
    process: async (batches) =>
      batches.flatMap(({ partition, records }) =>
        records.map(
          ({ key, value, offset }): NewRecord => ({
            topic: to,
            key,
            value,
            partition,
            headers: { offset: String(offset) },
          }),
        ),
      ),
  },
  log,
  { signal: new AbortController().signal },
)
