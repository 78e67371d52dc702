import type { Log, NewRecord } from '@straylight/runtime/log/log'
import { topics } from '@straylight/schemas/topics'
import type { InputRecord } from './input-record.ts'

/** Records wait so long for more of their batch, milliseconds. */
const idleMs = 200

/**
 * Appends records to `agent.audit.v1`, a batch at a time, each acknowledged before the next is read: the order within
 * a key stands, and memory holds one batch. `logTime` `event` gives a record its event's time for log time, so that a
 * replay does not depend on the hour it runs at; `arrival` leaves it to the log.
 */
export async function appendInput(
  log: Log,
  records: AsyncIterable<InputRecord>,
  options: {
    logTime: 'event' | 'arrival'
    batchRecordsMax?: number
    batchBytesMax?: number
    /** Called after each acknowledged batch; may wait, and so hold the reading back. */
    onAppended?: (total: { records: number; bytes: number }) => Promise<void> | void
  },
): Promise<{ records: number; bytes: number }> {
  const { logTime, batchRecordsMax = 5_000, batchBytesMax = 8 * 1024 * 1024, onAppended } = options
  const total = { records: 0, bytes: 0 }
  let batch: NewRecord[] = []
  let bytes = 0
  let time: number | undefined
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    await log.append(batch)
    total.records += batch.length
    total.bytes += bytes
    batch = []
    bytes = 0
    await onAppended?.({ ...total })
  }
  const source = records[Symbol.asyncIterator]()
  try {
    for (;;) {
      const coming = source.next()
      // A live input may say nothing for hours: what it has said goes on meanwhile.
      if (batch.length > 0 && (await saysNothingFor(idleMs, coming))) await flush()
      const next = await coming
      if (next.done) break
      const { key, value, headers, time_ms } = next.value
      time = time_ms ?? time
      const timed = logTime === 'event' && time !== undefined ? { timestamp: time } : {}
      batch.push({ topic: topics.audit.name, key, value, headers, ...timed })
      bytes += value.length
      if (batch.length >= batchRecordsMax || bytes >= batchBytesMax) await flush()
    }
    await flush()
  } catch (error) {
    // Closes what is open. Not awaited: a source that is asked for a record closes once it has said one.
    void source.return?.()
    throw error
  }
  return total
}

/** Whether `coming` is still open after so long. A failure of it is found by whoever awaits it next. */
async function saysNothingFor(ms: number, coming: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const idle = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, true)
  })
  const came = coming.then(
    () => false,
    () => false,
  )
  return Promise.race([came, idle]).finally(() => clearTimeout(timer))
}
