import { join } from 'node:path'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { type EmbeddedLog, openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { NewRecord } from '@straylight/runtime/log/log'
import { topics } from '@straylight/schemas/topics'
import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { historyEvents } from './history.ts'
import { interleaved } from './interleaved.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const partitions = 4
const recordsOfTurn = 10_000
/** As many records as a stage writes after one poll. */
const recordsOfAppend = 500
const rounds = 7

export const embeddedLog: Benchmark = {
  name: 'embedded-log',
  about:
    'The log in this process: events appended 500 at a time, awaited each, flushed to disk or not (a log that is thrown away); the same records read in order, and polled and committed by a consumer group.',
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      const records = eventRecords()
      say(`${records.length} records a turn, ${Math.round(meanBytes(records))} bytes each, ${partitions} partitions`)
      const flushed = await openLog(join(folder, 'flushed'), true)
      const unflushed = await openLog(join(folder, 'unflushed'), false)
      const taken = await interleaved(
        {
          flushed: () => appendAll(flushed, records),
          unflushed: () => appendAll(unflushed, records),
          // Both read the oldest records, which are as many in every turn.
          read: () => readAll(unflushed, records.length),
          poll: () => pollAll(unflushed, records.length),
        },
        rounds,
      )
      await flushed.close()
      await unflushed.close()
      const rate = (name: string, milliseconds: number): Figure => {
        return { name, value: perSecond(records.length, milliseconds), unit: 'records/s', better: 'higher' }
      }
      return [
        rate('append_flushed_500_at_a_time', taken.flushed),
        rate('append_unflushed_500_at_a_time', taken.unflushed),
        rate('read_in_order', taken.read),
        rate('poll_and_commit', taken.poll),
      ]
    }),
}

function eventRecords(): NewRecord[] {
  const { events } = historyEvents({ events: recordsOfTurn })
  return events.map((event) => ({
    topic: topics.events.name,
    key: agentKeyOf(event),
    value: JSON.stringify(event),
    timestamp: event.time,
  }))
}

const meanBytes = (records: readonly NewRecord[]) =>
  records.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0) / records.length

async function openLog(directory: string, durable: boolean): Promise<EmbeddedLog> {
  const log = await openEmbeddedLog({ directory, durable })
  await log.ensureTopics([topics.events], partitions)
  return log
}

async function appendAll(log: EmbeddedLog, records: readonly NewRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += recordsOfAppend) {
    await log.append(records.slice(from, from + recordsOfAppend))
  }
}

/** Reads about `count` records: an equal share of each partition. */
async function readAll(log: EmbeddedLog, count: number): Promise<void> {
  let bytes = 0
  for (let partition = 0; partition < partitions; partition++) {
    const place = { topic: topics.events.name, partition }
    for await (const { value } of log.read(place, 0, count / partitions)) bytes += value.length
  }
  if (bytes === 0) throw new Error('nothing was read')
}

let group = 0
/** A group that starts from the beginning each time. */
async function pollAll(log: EmbeddedLog, count: number): Promise<void> {
  group++
  const consumer = await log.subscribe({ group: `bench-${group}`, topics: [topics.events.name] })
  for (let taken = 0; taken < count; ) {
    const { batches } = await consumer.poll({ recordsMax: recordsOfAppend, waitMs: 0 })
    taken += batches.reduce((sum, { records }) => sum + records.length, 0)
    await consumer.commit(
      batches.map(({ topic, partition, records }) => ({
        topic,
        partition,
        offset: (records.at(-1)?.offset ?? -1) + 1,
      })),
    )
  }
  await consumer.close()
}
