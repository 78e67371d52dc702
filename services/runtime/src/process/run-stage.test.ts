import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { openEmbeddedLog } from '../embedded/embedded-log.ts'
import type { Log } from '../log/log.ts'
import { openStageRunner, runStage, type StageProgress } from './run-stage.ts'
import type { Stage } from './stage.ts'

const topic = { retentionHours: 1, compacted: false, why: 'a test' } as const

async function openLog(t: TestContext): Promise<Log> {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-run-stage-'))
  const log = await openEmbeddedLog({ directory, durable: false })
  t.after(async () => {
    await log.close()
    await rm(directory, { recursive: true })
  })
  await log.ensureTopics([{ ...topic, name: 'in', partitions: 'partitioned' }], 2)
  await log.ensureTopics([{ ...topic, name: 'out', partitions: 'single' }], 2)
  return log
}

/** Writes each value on to `out`, and notes in which order it is called. */
function copyStage(calls: string[], changes: Partial<Stage> = {}): Stage {
  return {
    name: 'score',
    topics: ['in'],
    batchRecordsMax: 10,
    assigned: async (partitions) => void calls.push(`assigned ${partitions.map(({ partition }) => partition)}`),
    revoked: async (partitions) => void calls.push(`revoked ${partitions.map(({ partition }) => partition)}`),
    process: async (batches) => {
      calls.push('process')
      return batches.flatMap(({ records }) => records.map(({ key, value }) => ({ topic: 'out', key, value })))
    },
    committed: async () => void calls.push('committed'),
    close: async () => void calls.push('close'),
    ...changes,
  }
}

async function written(log: Log): Promise<string[]> {
  const values: string[] = []
  const out = { topic: 'out', partition: 0 }
  for await (const { value } of log.read(out, 0, await log.endOffset(out))) values.push(value.toString())
  return values
}

async function offsets(log: Log): Promise<number[]> {
  return (await log.committed('straylight-score', 'in')).map(({ offset }) => offset)
}

const records = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ topic: 'in', key: 'a', value: String(at), partition: at % 2 }))

test('recovers, works, appends, commits and checkpoints, in this order', async (t) => {
  const log = await openLog(t)
  await log.append(records(6))
  const calls: string[] = []
  const seen: StageProgress[] = []
  const runner = await openStageRunner(copyStage(calls), log, { observe: (progress) => seen.push(progress) })
  assert.equal(await runner.step(), 6)
  assert.equal(await runner.step(), 0)
  await runner.close()
  assert.deepEqual(calls, ['assigned 0,1', 'process', 'committed', 'close'])
  assert.deepEqual(await written(log), ['0', '2', '4', '1', '3', '5'])
  assert.deepEqual(await offsets(log), [3, 3])
  assert.equal(seen.length, 1)
  assert.deepEqual([seen[0]?.stage, seen[0]?.records, seen[0]?.written], ['score', 6, 6])
})

test('appends what a stage gives ahead while it works on, before the rest, and commits behind both', async (t) => {
  const log = await openLog(t)
  await log.append(records(2))
  const seen: StageProgress[] = []
  const stage = copyStage([], {
    process: async (_, ahead) => {
      ahead?.([{ topic: 'out', key: 'a', value: 'ahead' }])
      while ((await written(log)).length === 0) await new Promise(setImmediate)
      assert.deepEqual(await offsets(log), [0, 0])
      return [{ topic: 'out', key: 'a', value: 'rest' }]
    },
  })
  const runner = await openStageRunner(stage, log, { observe: (progress) => seen.push(progress) })
  await runner.step()
  await runner.close()
  assert.deepEqual(await written(log), ['ahead', 'rest'])
  assert.deepEqual(await offsets(log), [1, 1])
  assert.equal(seen[0]?.written, 2)
})

test('delivers again what was appended but not committed', async (t) => {
  const log = await openLog(t)
  await log.append(records(4))
  const dies = await openStageRunner(copyStage([]), log, {
    faults: {
      afterAppend: () => {
        throw new Error('died here')
      },
    },
  })
  await assert.rejects(dies.step(), /died here/)
  await dies.close()
  assert.deepEqual(await offsets(log), [0, 0])
  const next = await openStageRunner(copyStage([]), log)
  assert.equal(await next.step(), 4)
  await next.close()
  assert.deepEqual(await written(log), ['0', '2', '1', '3', '0', '2', '1', '3'])
})

test('rejects with what the stage throws, leaves its work uncommitted and closes it', async (t) => {
  const log = await openLog(t)
  await log.append(records(2))
  const calls: string[] = []
  const fails = copyStage(calls, {
    process: async () => {
      throw new Error('the store is gone')
    },
  })
  await assert.rejects(runStage(fails, log, { signal: new AbortController().signal }), /the store is gone/)
  assert.deepEqual(calls, ['assigned 0,1', 'close'])
  assert.deepEqual(await offsets(log), [0, 0])
  assert.deepEqual(await written(log), [])
})

test('finishes the batch in hand when it is asked to stop', async (t) => {
  const log = await openLog(t)
  await log.append(records(2))
  const stop = new AbortController()
  const calls: string[] = []
  const stage = copyStage(calls)
  const slow = {
    ...stage,
    process: async (...args: Parameters<Stage['process']>) => {
      stop.abort()
      await new Promise((resolve) => setImmediate(resolve))
      return stage.process(...args)
    },
  }
  await runStage(slow, log, { signal: stop.signal })
  assert.deepEqual(calls, ['assigned 0,1', 'process', 'committed', 'close'])
  assert.deepEqual(await written(log), ['0', '1'])
  assert.deepEqual(await offsets(log), [1, 1])
})

test('asks no more often for what is due than it was asked to', async (t) => {
  const log = await openLog(t)
  const asked: number[] = []
  const due = async (nowMs: number) => {
    asked.push(nowMs)
    return []
  }
  const stage = copyStage([], { due })
  const runner = await openStageRunner(stage, log, { now: () => 7, dueEveryMs: hourMs })
  for (let step = 0; step < 3; step++) await runner.step()
  await runner.close()
  assert.deepEqual(asked, [7])
})

test('asks for what is due once a step, with the clock it was given', async (t) => {
  const log = await openLog(t)
  let now = 1000
  const due = async (nowMs: number) => [{ topic: 'out', key: 'k', value: `due at ${nowMs}` }]
  const runner = await openStageRunner(copyStage([], { due }), log, { now: () => now })
  await runner.step()
  now = 2000
  await runner.step()
  await runner.close()
  assert.deepEqual(await written(log), ['due at 1000', 'due at 2000'])
})

test('commits no more often than it was asked to, and at the end', async (t) => {
  const log = await openLog(t)
  const calls: string[] = []
  const runner = await openStageRunner(copyStage(calls), log, { commitEveryMs: hourMs })
  for (let turn = 0; turn < 3; turn++) {
    await log.append(records(2))
    assert.equal(await runner.step(), 2)
  }
  assert.deepEqual(await offsets(log), [1, 1], 'the first turn after a silence commits, those behind it wait')
  assert.equal((await written(log)).length, 6)
  await runner.close()
  assert.deepEqual(await offsets(log), [3, 3])
  assert.deepEqual(calls, ['assigned 0,1', 'process', 'committed', 'process', 'process', 'committed', 'close'])
})

test('what waits for its commit comes again after a failure, and no checkpoint is written for it', async (t) => {
  const log = await openLog(t)
  const calls: string[] = []
  const failing = copyStage(calls)
  let turns = 0
  const process = async (...args: Parameters<Stage['process']>) => {
    if (++turns === 3) throw new Error('the store is gone')
    return failing.process(...args)
  }
  const runner = await openStageRunner({ ...failing, process }, log, { commitEveryMs: hourMs })
  for (let turn = 0; turn < 2; turn++) {
    await log.append(records(2))
    await runner.step()
  }
  await log.append(records(2))
  await assert.rejects(runner.step(), /the store is gone/)
  await runner.close()
  assert.deepEqual(await offsets(log), [1, 1])
  assert.deepEqual(calls, ['assigned 0,1', 'process', 'committed', 'process', 'close'])
  const next = await openStageRunner(copyStage([]), log)
  assert.equal(await next.step(), 4)
  await next.close()
})

test('a live stage commits soon after the last record, without waiting for another', async (t) => {
  const log = await openLog(t)
  const stopping = new AbortController()
  const running = runStage(copyStage([]), log, { signal: stopping.signal })
  for (let turn = 1; turn <= 3; turn++) {
    await log.append(records(2))
    while ((await written(log)).length < 2 * turn) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  while ((await offsets(log)).some((offset) => offset < 3)) await new Promise((resolve) => setTimeout(resolve, 5))
  stopping.abort()
  await running
})

test('two members in lockstep share the partitions and lose nothing when one leaves', async (t) => {
  const log = await openLog(t)
  const calls: [string[], string[]] = [[], []]
  const first = await openStageRunner(copyStage(calls[0]), log)
  await first.step()
  const second = await openStageRunner(copyStage(calls[1]), log)
  await second.step()
  assert.deepEqual(calls[1], [], 'nothing is taken while its holder has not let go')
  await first.step()
  await second.step()
  await log.append(records(4))
  assert.deepEqual([await first.step(), await second.step()], [2, 2])
  await first.close()
  await log.append(records(2))
  assert.equal(await second.step(), 2)
  await second.close()
  assert.deepEqual(calls[0], ['assigned 0,1', 'revoked 1', 'process', 'committed', 'close'])
  assert.deepEqual(calls[1], ['assigned 1', 'process', 'committed', 'assigned 0', 'process', 'committed', 'close'])
  assert.deepEqual((await written(log)).sort(), ['0', '0', '1', '1', '2', '3'])
})

test('what the stage holds back is not committed until a later turn has done it', async (t) => {
  const log = await openLog(t)
  await log.append(records(6))
  const calls: string[] = []
  let held: { topic: string; partition: number; offset: number }[] = [{ topic: 'in', partition: 1, offset: 1 }]
  const stage = copyStage(calls, {
    heldBack: () => held,
    due: async () => (held.length > 0 ? [] : [{ topic: 'out', key: 'a', value: 'late' }]),
  })
  const runner = await openStageRunner(stage, log)
  await runner.step()
  assert.deepEqual(await offsets(log), [3, 1])
  await runner.step()
  assert.deepEqual(await offsets(log), [3, 1])
  held = []
  await runner.step()
  assert.deepEqual(await offsets(log), [3, 3], 'when its output stands, also where nothing else came')
  assert.deepEqual((await written(log)).at(-1), 'late')
  assert.deepEqual(calls, ['assigned 0,1', 'process', 'committed', 'committed'])
  await runner.close()
})

test('what was held back of a partition that left is for its next owner', async (t) => {
  const log = await openLog(t)
  await log.append(records(6))
  let held = [0, 1].map((partition) => ({ topic: 'in', partition, offset: 1 }))
  const runner = await openStageRunner(copyStage([], { heldBack: () => held }), log)
  await runner.step()
  const other = await openStageRunner(
    copyStage([], { heldBack: () => [{ topic: 'in', partition: 1, offset: 2 }] }),
    log,
  )
  for (let turn = 0; turn < 4; turn++) for (const each of [runner, other]) await each.step()
  held = []
  await runner.step()
  assert.deepEqual(await offsets(log), [3, 2])
  await runner.close()
  await other.close()
})

test('a stage that rests works off what waits without a rest, rests by what it had, and a stop ends that', async (t) => {
  const log = await openLog(t)
  await log.append(records(60))
  const turns: string[] = []
  const stopping = new AbortController()
  const stage: Stage = copyStage([], {
    rest: {
      belowLag: 10,
      ms: (records) => {
        turns.push(`rests after ${records}`)
        setImmediate(() => stopping.abort())
        // Longer than the whole test: only the stop ends it.
        return 600_000
      },
    },
    process: async (batches) => {
      turns.push(`takes ${batches.reduce((sum, batch) => sum + batch.records.length, 0)}`)
      return []
    },
  })
  await runStage(stage, log, { signal: stopping.signal })
  assert.deepEqual(turns, ['takes 20', 'takes 20', 'takes 20', 'rests after 20'])
})
