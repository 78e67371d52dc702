import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import type { Consumer, Log, LogRecord, NewRecord, PollResult, TopicPartition } from '@straylight/runtime/log/log'
import type { Topic } from '@straylight/schemas/topics'
import { patienceMs } from '../test-support/patience.ts'

export interface ContractTarget {
  open(): Promise<Log>
  close(): Promise<void>
}

/** What both logs promise; `target` opens the log under test, once. */
export function testLogContract(name: string, target: ContractTarget): void {
  describe(`log contract: ${name}`, () => {
    let log: Log
    const consumers = new Set<Consumer>()
    before(async () => {
      log = await target.open()
    })
    after(async () => {
      await target.close()
    })

    async function newTopic(partitions: number): Promise<string> {
      const topic = testTopic()
      await log.ensureTopics([topic], partitions)
      return topic.name
    }

    async function join(group: string, topics: string[]): Promise<Consumer> {
      const consumer = await log.subscribe({ group, topics })
      consumers.add(consumer)
      return consumer
    }

    async function leave(consumer: Consumer): Promise<void> {
      consumers.delete(consumer)
      await consumer.close()
    }

    test('keeps the order of each partition, over many appends', async () => {
      const topic = await newTopic(3)
      const sent = numbered(topic, 500)
      await Promise.all([
        log.append(sent.slice(0, 100)),
        log.append(sent.slice(100, 101)),
        log.append(sent.slice(101, 400)),
      ])
      await log.append(sent.slice(400))
      for (let partition = 0; partition < 3; partition += 1) {
        const read = await readAll(log, { topic, partition })
        const expected = sent.filter(({ key }) => partitionOf(key, 3) === partition)
        assert.deepEqual(
          read.map(({ value }) => value.toString()),
          expected.map(({ value }) => value.toString()),
        )
      }
    })

    test('puts the same key into the partition that its hash names', async () => {
      const topic = await newTopic(7)
      const keys = ['', 'a', 'ab', 'abc', 'acme/invoice-bot', 'größe', '🛰', 'x'.repeat(300)]
      await log.append(keys.map((key) => ({ topic, key, value: key })))
      for (const key of keys) {
        const partition = partitionOf(key, 7)
        const read = await readAll(log, { topic, partition })
        assert.ok(
          read.some((record) => record.key === key),
          `${key} is in partition ${partition}`,
        )
      }
    })

    test('takes a partition that is given, and refuses one that is not there', async () => {
      const topic = await newTopic(2)
      await log.append([{ topic, key: 'a', value: '1', partition: 1 - partitionOf('a', 2) }])
      assert.equal(await log.endOffset({ topic, partition: 1 - partitionOf('a', 2) }), 1)
      await assert.rejects(log.append([{ topic, key: 'a', value: '1', partition: 2 }]), /partitions 0 to 1, not 2/)
      await assert.rejects(log.append([{ topic: `${topic}-not`, key: 'a', value: '1' }]), /no topic/)
    })

    test('keeps bytes, headers, keys and timestamps as they were given', async () => {
      const topic = await newTopic(1)
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
      const headers = { 'source-topic': 'agent.audit.v1', größe: '✓' }
      await log.append([
        { topic, key: 'clé\u0000', value: bytes, headers, timestamp: 1_700_000_000_123 },
        { topic, key: '', value: '', timestamp: 0 },
        { topic, key: 'now', value: 'x' },
      ])
      const [first, second, third] = await readAll(log, { topic, partition: 0 })
      assert.ok(first && second && third)
      assert.deepEqual([...first.value], [...bytes])
      assert.equal(first.key, 'clé\u0000')
      assert.deepEqual({ ...first.headers }, headers)
      assert.equal(first.timestamp, 1_700_000_000_123)
      assert.deepEqual([second.key, second.value.length, second.timestamp], ['', 0, 0])
      assert.deepEqual({ ...second.headers }, {})
      assert.ok(Math.abs(third.timestamp - Date.now()) < 60_000)
    })

    test('takes values of 1 MiB, alone and among small ones', async () => {
      const topic = await newTopic(1)
      const large = Buffer.alloc(1024 * 1024, 'large ')
      await log.append([
        { topic, key: 'a', value: 'before' },
        { topic, key: 'a', value: large },
        { topic, key: 'a', value: large },
        { topic, key: 'a', value: 'after' },
      ])
      const read = await readAll(log, { topic, partition: 0 })
      assert.deepEqual(
        read.map(({ value }) => value.length),
        [6, large.length, large.length, 5],
      )
      assert.ok(read[1]?.value.equals(large))
    })

    test('reads from and to an offset, outside any group', async () => {
      const topic = await newTopic(1)
      const at = { topic, partition: 0 }
      assert.deepEqual([await log.startOffset(at), await log.endOffset(at)], [0, 0])
      assert.deepEqual(await readAll(log, at), [])
      await log.append(numbered(topic, 2500))
      assert.deepEqual([await log.startOffset(at), await log.endOffset(at)], [0, 2500])
      const some: number[] = []
      for await (const { offset } of log.read(at, 1200, 1203)) some.push(offset)
      assert.deepEqual(some, [1200, 1201, 1202])
      const rest: number[] = []
      for await (const { offset } of log.read(at, 2498, 9999)) rest.push(offset)
      assert.deepEqual(rest, [2498, 2499])
      for await (const record of log.read(at, 5, 5)) assert.fail(`nothing lies between 5 and 5: ${record.offset}`)
    })

    test('refuses another number of partitions, and creates a topic only once', async () => {
      const topic = testTopic()
      await log.ensureTopics([topic, { ...testTopic(), partitions: 'single' }], 4)
      await log.ensureTopics([topic], 4)
      assert.equal(await log.partitionCount(topic.name), 4)
      await assert.rejects(log.ensureTopics([topic], 5), /has 4 partitions and 5 are asked for/)
      await assert.rejects(log.partitionCount(`${topic.name}-not`), /no topic/)
    })

    test('resumes where it committed, and delivers again what it did not', async () => {
      const topic = await newTopic(2)
      const group = newGroup()
      await log.append(numbered(topic, 100))
      const first = await join(group, [topic])
      const seen = await drain(first, 100)
      assert.equal(seen.records.length, 100)
      const half = seen.records.filter(({ partition }) => partition === 0)
      await first.commit([{ topic, partition: 0, offset: half.length }])
      await leave(first)
      assert.deepEqual(await log.committed(group, topic), [
        { topic, partition: 0, offset: half.length },
        { topic, partition: 1, offset: 0 },
      ])
      const second = await join(group, [topic])
      const again = await drain(second, 100 - half.length)
      assert.ok(again.records.every(({ partition }) => partition === 1))
      assert.deepEqual(
        [...again.assigned].sort((left, right) => left.partition - right.partition).map(({ offset }) => offset),
        [half.length, 0],
      )
      await leave(second)
    })

    test('gives groups their own places', async () => {
      const topic = await newTopic(1)
      await log.append(numbered(topic, 10))
      for (const group of [newGroup(), newGroup()]) {
        const consumer = await join(group, [topic])
        const { records } = await drain(consumer, 10)
        assert.deepEqual(
          records.map(({ offset }) => offset),
          [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        )
        await leave(consumer)
      }
    })

    test('polls at most so many records of a partition, with the lag behind them', async () => {
      const topic = await newTopic(1)
      await log.append(numbered(topic, 25))
      const consumer = await join(newGroup(), [topic])
      const sizes: number[] = []
      const lags: number[] = []
      let offset = 0
      while (offset < 25) {
        for (const batch of (await consumer.poll({ recordsMax: 10, waitMs: 500 })).batches) {
          assert.equal(batch.records[0]?.offset, offset)
          offset += batch.records.length
          sizes.push(batch.records.length)
          lags.push(batch.lag)
        }
      }
      assert.deepEqual(sizes, [10, 10, 5])
      assert.deepEqual(lags, [15, 5, 0])
      const started = performance.now()
      assert.deepEqual((await consumer.poll({ recordsMax: 10, waitMs: 100 })).batches, [])
      assert.ok(performance.now() - started >= 90, 'an empty poll waits')
      await leave(consumer)
    })

    test('wakes a waiting poll when a record comes', async () => {
      const topic = await newTopic(1)
      const consumer = await join(newGroup(), [topic])
      await until(consumer, ({ assigned }) => assigned.length > 0)
      const started = performance.now()
      const polled = consumer.poll({ recordsMax: 10, waitMs: 20_000 })
      await log.append([{ topic, key: 'a', value: 'x' }])
      const { batches } = await polled
      assert.equal(batches[0]?.records.length, 1)
      assert.ok(performance.now() - started < 10_000)
      await leave(consumer)
    })

    test('delivers nothing of a paused partition until it is resumed, and the others go on', async () => {
      const topic = await newTopic(2)
      const consumer = await join(newGroup(), [topic])
      await until(consumer, ({ assigned }) => assigned.length > 0)
      consumer.pause([{ topic, partition: 0 }])
      await log.append([0, 1].map((partition) => ({ topic, key: 'a', value: `first ${partition}`, partition })))
      const open = await drain(consumer, 1)
      await log.append([{ topic, key: 'a', value: 'second 1', partition: 1 }])
      const more = await drain(consumer, 1)
      const quiet = await consumer.poll({ recordsMax: 10, waitMs: 300 })
      assert.deepEqual(quiet.batches, [])
      assert.deepEqual(
        [...open.records, ...more.records].map(({ value }) => value.toString()),
        ['first 1', 'second 1'],
      )
      consumer.resume([{ topic, partition: 0 }])
      const resumed = await drain(consumer, 1)
      assert.deepEqual(
        resumed.records.map(({ value }) => value.toString()),
        ['first 0'],
      )
      await leave(consumer)
    })

    test('shares partitions between two members and hands them over when one leaves', {
      timeout: patienceMs,
    }, async () => {
      const topic = await newTopic(4)
      const group = newGroup()
      const first = await join(group, [topic])
      await until(first, ({ assigned }) => assigned.length === 4)
      const keepPolling = new AbortController()
      const revoked: TopicPartition[] = []
      const polling = (async () => {
        while (!keepPolling.signal.aborted && revoked.length < 2) {
          revoked.push(...(await first.poll({ recordsMax: 10, waitMs: 100 })).revoked)
        }
      })()
      const second = await join(group, [topic])
      const came = await until(second, ({ assigned }) => assigned.length > 0)
      await polling
      keepPolling.abort()
      assert.equal(came.assigned.length, 2)
      assert.deepEqual(
        came.assigned.map(({ partition }) => partition).sort(),
        revoked.map(({ partition }) => partition).sort(),
      )

      await log.append(Array.from({ length: 4 }, (_, partition) => ({ topic, key: 'a', value: 'x', partition })))
      const [mine, theirs] = await Promise.all([drain(first, 2), drain(second, 2)])
      const shared = [...mine.records, ...theirs.records].map(({ partition }) => partition).sort()
      assert.deepEqual(shared, [0, 1, 2, 3])
      // A commit of what is no longer held changes nothing: its new holder decides.
      const lost = revoked[0]
      assert.ok(lost)
      await first.commit([{ ...lost, offset: 1 }])
      await second.commit(theirs.records.map(({ partition }) => ({ topic, partition, offset: 1 })))
      const stand = await log.committed(group, topic)
      assert.deepEqual(
        stand.map(({ offset }) => offset),
        [0, 1, 2, 3].map((partition) => (theirs.records.some((record) => record.partition === partition) ? 1 : 0)),
      )

      await leave(second)
      const back = await until(first, ({ assigned }) => assigned.length > 0)
      assert.deepEqual(
        back.assigned.map(({ partition, offset }) => [partition, offset]),
        theirs.records.map(({ partition }) => [partition, 1]).sort(),
      )
      await leave(first)
    })

    test('gives one member the same partition of all its topics', async () => {
      const topics = [await newTopic(1), await newTopic(1), await newTopic(1)]
      const group = newGroup()
      const members = await Promise.all([join(group, topics), join(group, topics)])
      await log.append(topics.map((topic) => ({ topic, key: 'a', value: 'x' })))
      const found = [0, 0]
      const deadline = performance.now() + patienceMs
      const whole = () => found.some((count) => count >= topics.length)
      while (!whole() && performance.now() < deadline) {
        for (const [at, member] of members.entries()) {
          const { batches } = await member.poll({ recordsMax: 10, waitMs: 100 })
          found[at] = (found[at] ?? 0) + batches.length
        }
      }
      assert.ok(whole(), `all one-partition topics belong to one member, not ${found.join(' and ')}`)
      await Promise.all(members.map(leave))
    })
  })
}

function testTopic(): Topic {
  const name = `straylight-test-${randomUUID()}`
  return { name, partitions: 'partitioned', retentionHours: 24 * 365 * 100, compacted: false, why: 'a test' }
}

function newGroup(): string {
  return `straylight-test-${randomUUID()}`
}

function numbered(topic: string, count: number): NewRecord[] {
  return Array.from({ length: count }, (_, at) => ({ topic, key: `agent-${at % 17}`, value: String(at) }))
}

async function readAll(log: Log, at: TopicPartition): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const record of log.read(at, 0, await log.endOffset(at))) records.push(record)
  return records
}

/** Polls until `done` says so of one result; fails after `ms`. */
async function until(consumer: Consumer, done: (polled: PollResult) => boolean, ms = patienceMs): Promise<PollResult> {
  const deadline = performance.now() + ms
  for (;;) {
    const polled = await consumer.poll({ recordsMax: 1000, waitMs: 100 })
    if (done(polled)) return polled
    assert.ok(performance.now() < deadline, 'what was waited for did not come')
  }
}

async function drain(consumer: Consumer, count: number, ms = patienceMs) {
  const records: LogRecord[] = []
  const assigned: PollResult['assigned'][number][] = []
  const deadline = performance.now() + ms
  while (records.length < count) {
    const polled = await consumer.poll({ recordsMax: 1000, waitMs: 200 })
    assigned.push(...polled.assigned)
    for (const batch of polled.batches) records.push(...batch.records)
    assert.ok(performance.now() < deadline, `${records.length} of ${count} records came`)
  }
  return { records, assigned }
}
