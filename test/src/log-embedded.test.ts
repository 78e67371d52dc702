import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type EmbeddedLog, openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log, LogRecord } from '@straylight/runtime/log/log'
import { hourMs } from '@straylight/schemas/duration'
import type { Topic } from '@straylight/schemas/topics'
import { testLogContract } from './log-contract.ts'

for (const durable of [true, false]) {
  let directory: string
  let log: Log
  testLogContract(durable ? 'embedded' : 'embedded, thrown away after', {
    open: async () => {
      directory = await newFolder()
      log = await openEmbeddedLog({ directory, durable })
      return log
    },
    close: async () => {
      await log.close()
      await rm(directory, { recursive: true })
    },
  })
}

const numbers: Topic = {
  name: 'numbers',
  partitions: 'partitioned',
  retentionHours: 24,
  compacted: false,
  why: 'a test',
}

async function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'straylight-log-'))
}

async function openTemporary(t: TestContext, topic: Topic = numbers, partitions = 2) {
  const directory = await newFolder()
  const log = await openEmbeddedLog({ directory })
  t.after(async () => {
    await log.close()
    await rm(directory, { recursive: true })
  })
  await log.ensureTopics([topic], partitions)
  return { directory, log }
}

async function readAll(log: EmbeddedLog, partition: number): Promise<LogRecord[]> {
  const at = { topic: 'numbers', partition }
  const records: LogRecord[] = []
  for await (const record of log.read(at, 0, await log.endOffset(at))) records.push(record)
  return records
}

const supportFile = (name: string) => fileURLToPath(new URL(`../test-support/${name}`, import.meta.url))

/** Lets the appending child live for a while after its first words; returns what it said. */
async function killAfter(directory: string, ms: number): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', supportFile('append-forever.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  await once(child.stdout, 'data')
  await sleep(ms)
  child.kill('SIGKILL')
  await once(child, 'close')
  return said
}

function lastOf(said: string, verb: string): number {
  return Math.max(0, ...[...said.matchAll(new RegExp(`${verb} (\\d+)\n`, 'g'))].map((match) => Number(match[1])))
}

test('kill -9 at any moment loses no acknowledged record, tears none and leaves no gap', async (t) => {
  const directory = await newFolder()
  t.after(() => rm(directory, { recursive: true }))
  const first = await openEmbeddedLog({ directory })
  await first.ensureTopics([numbers], 2)
  await first.close()
  for (let round = 0; round < 10; round += 1) {
    // Not a timed test: the moment may be any, the promise is the same.
    const said = await killAfter(directory, Math.random() * 60)
    const log = await openEmbeddedLog({ directory })
    const found = [await readAll(log, 0), await readAll(log, 1)]
    const stand = await log.committed('forever', 'numbers')
    await log.close()
    const count = found.reduce((sum, records) => sum + records.length, 0)
    assert.ok(count >= lastOf(said, 'appended'), `${count} records of ${lastOf(said, 'appended')} acknowledged ones`)
    assert.equal(count % 20, 0, 'a batch is there as a whole or not at all')
    for (const [partition, records] of found.entries()) {
      for (const [offset, record] of records.entries()) {
        const n = offset * 2 + partition
        assert.equal(record.offset, offset)
        assert.equal(record.key, String(n))
        assert.equal(record.value.toString(), `${n}:`.padEnd(1 + ((n * 7919) % 9000), '.'))
      }
    }
    const committed = stand.reduce((sum, { offset }) => sum + offset, 0)
    assert.ok(committed >= lastOf(said, 'committed'), 'an acknowledged commit stands')
    assert.ok(committed <= count)
  }
})

test('a waiting poll sees what another process appends', async (t) => {
  const { directory, log } = await openTemporary(t)
  const consumer = await log.subscribe({ group: 'g', topics: ['numbers'] })
  await consumer.poll({ recordsMax: 1, waitMs: 0 })
  const polled = consumer.poll({ recordsMax: 1, waitMs: 60_000 })
  await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    supportFile('append-numbers.ts'),
    directory,
    '1',
    'other',
  ])
  const { batches } = await polled
  assert.equal(batches[0]?.records[0]?.key, 'other')
  await consumer.close()
})

test('processes that append at the same time get offsets of their own, each in its order', async (t) => {
  const { directory, log } = await openTemporary(t)
  const child = (name: string) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', supportFile('append-numbers.ts'), directory, '100', name])
  let running = true
  const children = Promise.all([child('one'), child('two')]).finally(() => {
    running = false
  })
  let own = 0
  while (running) {
    await log.append([{ topic: 'numbers', key: 'own', value: String(own), partition: 0 }])
    own += 1
    await sleep(1)
  }
  await children
  const records = await readAll(log, 0)
  assert.deepEqual(
    records.map(({ offset }) => offset),
    records.map((_, at) => at),
  )
  for (const [name, count] of [
    ['one', 100],
    ['two', 100],
    ['own', own],
  ] as const) {
    const values = records.filter(({ key }) => key === name).map(({ value }) => Number(value))
    assert.deepEqual(
      values,
      Array.from({ length: count }, (_, at) => at),
      name,
    )
  }
})

test('retention drops what is past its time, and an offset never comes twice', async (t) => {
  const { log } = await openTemporary(t, numbers, 1)
  const nowMs = 100 * hourMs
  const aged = (hours: number) => ({
    topic: 'numbers',
    key: 'a',
    value: `${hours} h`,
    timestamp: nowMs - hours * hourMs,
  })
  await log.append([...Array.from({ length: 4500 }, () => aged(30)), aged(25), aged(23), aged(26), aged(1)])
  assert.equal(await log.retain(nowMs), 4501)
  const at = { topic: 'numbers', partition: 0 }
  assert.deepEqual([await log.startOffset(at), await log.endOffset(at)], [4501, 4504])
  assert.deepEqual(
    (await readAll(log, 0)).map(({ value }) => value.toString()),
    ['23 h', '26 h', '1 h'],
  )
  assert.equal(await log.retain(nowMs + 48 * hourMs), 3)
  assert.deepEqual([await log.startOffset(at), await log.endOffset(at)], [4504, 4504])
  await log.append([aged(0)])
  const consumer = await log.subscribe({ group: 'g', topics: ['numbers'] })
  const { batches } = await consumer.poll({ recordsMax: 10, waitMs: 0 })
  assert.equal(batches[0]?.records[0]?.offset, 4504)
  await consumer.close()
})

test('a compacted topic keeps the newest of each key, and the last day whole', async (t) => {
  const { log } = await openTemporary(t, { ...numbers, compacted: true, retentionHours: 24 * 365 }, 1)
  const nowMs = 1000 * hourMs
  const record = (key: string, hours: number) => ({
    topic: 'numbers',
    key,
    value: `${key} ${hours} h`,
    timestamp: nowMs - hours * hourMs,
  })
  await log.append([
    record('a', 90),
    record('b', 80),
    record('a', 70),
    record('c', 30),
    record('c', 20),
    record('c', 10),
  ])
  assert.equal(await log.retain(nowMs), 2)
  assert.deepEqual(
    (await readAll(log, 0)).map(({ offset, value }) => `${offset} ${value}`),
    ['1 b 80 h', '2 a 70 h', '4 c 20 h', '5 c 10 h'],
  )
  assert.equal(await log.retain(nowMs), 0)
})

test('changes of retention take effect on a topic that is there', async (t) => {
  const { log } = await openTemporary(t, numbers, 1)
  const nowMs = 100 * hourMs
  await log.append([{ topic: 'numbers', key: 'a', value: 'x', timestamp: nowMs - 2 * hourMs }])
  assert.equal(await log.retain(nowMs), 0)
  await log.ensureTopics([{ ...numbers, retentionHours: 1 }], 1)
  assert.equal(await log.retain(nowMs), 1)
})
