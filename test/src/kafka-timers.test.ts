import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, afterEach, beforeEach, test } from 'node:test'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import { startKafka } from '../test-support/kafka-broker.ts'

// What kafkajs does with timers, seen from outside: each setTimeout that it makes in this process.

const setTimeoutOfNode = globalThis.setTimeout
let delays: number[] = []
/** Divides what kafkajs waits for. */
let haste = 1

beforeEach(() => {
  delays = []
  haste = 1
  const spy = (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
    delays.push(ms)
    return setTimeoutOfNode(run, ms / haste, ...given)
  }
  globalThis.setTimeout = Object.assign(spy, setTimeoutOfNode)
})
afterEach(() => {
  globalThis.setTimeout = setTimeoutOfNode
})

const kafka = await startKafka()
after(async () => {
  if (!('absent' in kafka)) await kafka.stop()
})

test('no timer is set into the past, of which newer Node warns each time', async (t) => {
  if ('absent' in kafka) return t.skip(kafka.absent)
  const log = await openKafkaLog({
    brokers: kafka.brokers,
    clientId: 'test',
    replicationFactor: 1,
    log: () => undefined,
  })
  const name = `straylight-test-${randomUUID()}`
  await log.ensureTopics([{ name, partitions: 'single', retentionHours: 1, compacted: false, why: 'a test' }], 1)
  const consumer = await log.subscribe({ group: name, topics: [name] })
  await Promise.all(Array.from({ length: 20 }, (_, at) => log.append([{ topic: name, key: 'a', value: String(at) }])))
  for (let seen = 0; seen < 20; ) {
    for (const { records } of (await consumer.poll({ recordsMax: 5, waitMs: 1000 })).batches) seen += records.length
    await consumer.commit([{ topic: name, partition: 0, offset: seen }])
  }
  await consumer.close()
  await log.close()
  assert.ok(delays.length > 0)
  assert.deepEqual(
    delays.filter((ms) => !(ms >= 0)),
    [],
  )
})

test('a broker that does not answer is asked again after 50 ms, ever slower, and given up after about a minute', async () => {
  haste = 200
  // Port 9 takes no Kafka: refused at once.
  const opened = openKafkaLog({ brokers: ['127.0.0.1:9'], clientId: 'test', log: () => undefined })
  await assert.rejects(opened, /Connection error|ECONNREFUSED/)
  // Retries vary by a fifth. The connection's own time-out of 3 s is armed at each try.
  const waits = delays.filter((ms) => ms !== 3000)
  assert.ok((waits[0] ?? 0) >= 40 && (waits[0] ?? 0) <= 60, `first after ${waits[0]} ms`)
  assert.ok(Math.max(...waits) <= 6000)
  const seconds = waits.reduce((sum, ms) => sum + ms, 0) / 1000
  assert.ok(seconds > 40 && seconds < 90, `given up after ${seconds} s`)
})
