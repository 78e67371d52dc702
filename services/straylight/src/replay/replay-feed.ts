import type { InputRecord } from '@straylight/ingest/files/input-record'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { dayMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'

/** Records appended before the stages take them: bounds memory, changes nothing else. */
const recordsPerTurn = 4_000

/** Where each source record of a replay stands in the input: by partition and offset of `agent.audit.v1`. */
export class InputOrder {
  private readonly sequences: number[][]
  private readonly places: { file: string; line: number }[][]

  constructor(partitions: number) {
    this.sequences = Array.from({ length: partitions }, () => [])
    this.places = Array.from({ length: partitions }, () => [])
  }

  add(partition: number, record: InputRecord): void {
    this.sequences[partition]?.push(record.sequence)
    this.places[partition]?.push({ file: record.file, line: record.line })
  }

  sequenceOf({ partition, offset }: { partition: number; offset: number }): number {
    return this.sequences[partition]?.[offset] ?? Number.POSITIVE_INFINITY
  }

  placeOf({ partition, offset }: { partition: number; offset: number }): { file: string; line: number } | undefined {
    return this.places[partition]?.[offset]
  }
}

/**
 * Gives records in time order to the log, turn by turn; `drain` runs the stages until nothing is left, and
 * `dayEnded` is called between two days of event time, when all of the day before is through.
 */
export async function feedByDay(
  records: AsyncIterable<InputRecord>,
  log: Log,
  options: {
    partitions: number
    order: InputOrder
    drain: () => Promise<void>
    dayEnded: (endMs: number) => Promise<void>
    onProgress: (records: number) => void
  },
): Promise<{ records: number; lastTime: number }> {
  const { partitions, order, drain, dayEnded } = options
  let turn: NewRecord[] = []
  let time = 0
  let count = 0
  const flush = async () => {
    await log.append(turn)
    turn = []
    await drain()
    options.onProgress(count)
  }
  for await (const record of records) {
    const next = record.time_ms ?? time
    if (time > 0 && Math.floor(next / dayMs) > Math.floor(time / dayMs)) {
      await flush()
      await dayEnded(Math.floor(time / dayMs + 1) * dayMs)
    }
    time = Math.max(time, next)
    const partition = partitionOf(record.key, partitions)
    order.add(partition, record)
    turn.push({
      topic: topics.audit.name,
      partition,
      key: record.key,
      value: record.value,
      headers: record.headers,
      timestamp: time,
    })
    count++
    if (turn.length >= recordsPerTurn) await flush()
  }
  await flush()
  return { records: count, lastTime: time }
}
