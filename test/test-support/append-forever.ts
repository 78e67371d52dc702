import { writeSync } from 'node:fs'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'

/**
 * Appends numbered records to a log folder, in batches, and reads and commits them, until it is killed:
 * `append-forever.ts FOLDER`. Says `appended N` and `committed N` (records so far, of both partitions) once that stands.
 */
const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: append-forever.ts FOLDER')

const batchRecords = 20
const log = await openEmbeddedLog({ directory })
const consumer = await log.subscribe({ group: 'forever', topics: ['numbers'] })
const start = (await log.endOffset({ topic: 'numbers', partition: 0 })) * 2
for (let next = start; ; next += batchRecords) {
  const numbers = Array.from({ length: batchRecords }, (_, at) => next + at)
  await log.append(numbers.map((n) => ({ topic: 'numbers', key: String(n), value: textOf(n), partition: n % 2 })))
  writeSync(1, `appended ${next + batchRecords}\n`)
  const { batches } = await consumer.poll({ recordsMax: 1000, waitMs: 0 })
  const ends = batches.map(({ topic, partition, records }) => ({
    topic,
    partition,
    offset: (records.at(-1)?.offset ?? -1) + 1,
  }))
  await consumer.commit(ends)
  writeSync(1, `committed ${ends.reduce((sum, { offset }) => sum + offset, 0)}\n`)
}

/** Of very different sizes, so that some lie in pages of their own; a torn one does not have the right length. */
function textOf(n: number): string {
  return `${n}:`.padEnd(1 + ((n * 7919) % 9000), '.')
}
