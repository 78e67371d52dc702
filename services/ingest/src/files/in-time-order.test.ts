import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { inTimeOrder } from './in-time-order.ts'
import type { InputRecord } from './input-record.ts'

const record = (file: string, sequence: number, time_ms: number | null): InputRecord => ({
  ...{ file, sequence, time_ms, line: sequence + 1, key: 'k', headers: { origin: `${file}:${sequence}` } },
  value: Buffer.from(`${file}-${sequence}`),
})

async function* given(records: readonly InputRecord[]): AsyncIterable<InputRecord> {
  yield* records
}

async function ordered(records: readonly InputRecord[], options = {}): Promise<InputRecord[]> {
  const result: InputRecord[] = []
  for await (const one of inTimeOrder(given(records), options)) result.push(one)
  return result
}

test('files are merged by time; equal times keep the order of input', async () => {
  const records = [record('a', 0, 10), record('a', 1, 30), record('b', 2, 10), record('b', 3, 20), record('b', 4, 5)]
  assert.deepEqual(
    (await ordered(records)).map(({ sequence }) => sequence),
    [4, 0, 2, 3, 1],
  )
})

test('a record whose time is not known stays behind the one before it in its file', async () => {
  const records = [
    record('a', 0, 50),
    record('a', 1, null),
    record('a', 2, 40),
    record('b', 3, null),
    record('b', 4, 45),
  ]
  assert.deepEqual(
    (await ordered(records)).map(({ sequence }) => sequence),
    [3, 2, 4, 0, 1],
  )
})

test('what does not fit in memory is merged from disk, to the same order, and leaves no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-order-test-'))
  const time = fc.option(fc.integer({ min: 1, max: 50 }))
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(time, { maxLength: 60 }), async (times) => {
        const records = times.map((one, n) => record(n < 20 ? 'a' : 'b', n, one))
        assert.deepEqual(await ordered(records, { folder, memoryBytesMax: 2_000 }), await ordered(records))
      }),
      { numRuns: 60 },
    )
    assert.deepEqual(await readdir(folder), [])
  } finally {
    await rm(folder, { recursive: true })
  }
})
