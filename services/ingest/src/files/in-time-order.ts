import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InputRecord } from './input-record.ts'
import { readRun, type TimedRecord, writeRun } from './sorted-run.ts'

/** What a record costs in memory besides its bytes. */
const overheadBytes = 500

/**
 * Records of several files in order of event time; of equal times, in input order. A record whose time cannot be
 * reported stays behind the one before it in its file. What does not fit in `memoryBytesMax` goes to sorted runs on disk
 * (`folder`, else the system's temporary one), which are merged and removed: the input may be larger than memory.
 */
export async function* inTimeOrder(
  records: AsyncIterable<InputRecord>,
  options: { memoryBytesMax?: number; folder?: string } = {},
): AsyncIterable<InputRecord> {
  const { memoryBytesMax = 512 * 1024 * 1024, folder: parent = tmpdir() } = options
  const runs: string[] = []
  let folder: string | null = null
  let held: TimedRecord[] = []
  let bytes = 0
  try {
    for await (const timed of withTurn(records)) {
      held.push(timed)
      bytes += timed.record.value.length + overheadBytes
      if (bytes < memoryBytesMax) continue
      folder ??= await mkdtemp(join(parent, 'straylight-order-'))
      const run = join(folder, `${runs.length}.run`)
      await writeRun(run, sorted(held))
      runs.push(run)
      held = []
      bytes = 0
    }
    if (runs.length === 0) for (const { record } of sorted(held)) yield record
    else yield* merged([...runs.map((run) => readRun(run)), iterate(sorted(held))])
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true })
  }
}

/** Gives a record without a time the turn of the one before it in its file; the first of a file comes first. */
async function* withTurn(records: AsyncIterable<InputRecord>): AsyncIterable<TimedRecord> {
  let file = ''
  let turn = 0
  for await (const record of records) {
    if (record.file !== file) turn = 0
    file = record.file
    turn = record.time_ms ?? turn
    yield { turn, record }
  }
}

/** Of equal turns the earlier input comes first: the sort is stable, and so is taking the first of equal heads. */
const byTurn = (a: TimedRecord, b: TimedRecord): number => a.turn - b.turn
const sorted = (held: TimedRecord[]): TimedRecord[] => held.sort(byTurn)

async function* iterate(held: readonly TimedRecord[]): AsyncIterable<TimedRecord> {
  yield* held
}

/** Merges sorted runs by always taking the earliest head; runs are few, as each is hundreds of megabytes. */
async function* merged(runs: readonly AsyncIterable<TimedRecord>[]): AsyncIterable<InputRecord> {
  const heads: { next: TimedRecord; rest: AsyncIterator<TimedRecord> }[] = []
  for (const run of runs) {
    const rest = run[Symbol.asyncIterator]()
    const { value, done } = await rest.next()
    if (done !== true) heads.push({ next: value, rest })
  }
  while (heads.length > 0) {
    const first = heads.reduce((earliest, head) => (byTurn(head.next, earliest.next) < 0 ? head : earliest))
    yield first.next.record
    const { value, done } = await first.rest.next()
    if (done === true) heads.splice(heads.indexOf(first), 1)
    else first.next = value
  }
}
