import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import { codecNumbers, unpackedBytesMax } from '@straylight/runtime/kafka/kafka-unpack'
import type { Log, LogRecord } from '@straylight/runtime/log/log'
import kafkajs from 'kafkajs'
import { produceByConsole } from '../test-support/console-producer.ts'
import { startKafka } from '../test-support/kafka-broker.ts'

const kafka = await startKafka()
const codecs = Object.keys(codecNumbers) as (keyof typeof codecNumbers)[]

/** What shippers send: many small lines that repeat each other, and one that is larger than any block of a codec. */
const lines = [
  ...Array.from({ length: 5000 }, (_, at) =>
    JSON.stringify({ id: `e-${at}`, agent: `bot-${at % 40}`, bytes: at * 7919 }),
  ),
  JSON.stringify({ large: Array.from({ length: 60_000 }, (_, at) => (at * 2_654_435_761) % 65_521) }),
]

if ('absent' in kafka) test('compressed records', { skip: kafka.absent })
else {
  describe('records that Kafka compressed', () => {
    let log: Log
    before(async () => {
      log = await openKafkaLog({ brokers: kafka.brokers, clientId: 'test', replicationFactor: 1, log: () => undefined })
    })
    after(async () => {
      await log.close()
      await kafka.stop()
    })

    async function newTopic(): Promise<string> {
      const name = `straylight-test-${randomUUID()}`
      await log.ensureTopics([{ name, partitions: 'single', retentionHours: 1, compacted: false, why: 'a test' }], 1)
      return name
    }

    for (const codec of codecs) {
      test(`by the Java producer with ${codec} are read, by a group and outside of one`, async () => {
        const topic = await newTopic()
        await produceByConsole({ brokers: kafka.brokers, topic, codec, lines })
        assert.deepEqual(await valuesOf(log, topic), lines)
        const consumer = await log.subscribe({ group: `${topic}-group`, topics: [topic] })
        const polled: LogRecord[] = []
        while (polled.length < lines.length) {
          const { batches } = await consumer.poll({ recordsMax: 10_000, waitMs: 5000 })
          polled.push(...batches.flatMap(({ records }) => records))
        }
        assert.deepEqual(
          polled.map(({ value }) => value.toString()),
          lines,
        )
        assert.deepEqual(
          polled.map(({ offset }) => offset),
          lines.map((_, at) => at),
        )
        await consumer.close()
      })
    }

    test('but unpack to more than a reader may hold say so in their place, and the next ones are read', async () => {
      const topic = await newTopic()
      await log.append([{ topic, key: 'a', value: 'before' }])
      await sendBomb(kafka.brokers, topic)
      await log.append([{ topic, key: 'a', value: 'after' }])
      const values = await valuesOf(log, topic)
      assert.equal(values.length, 4)
      assert.deepEqual([values[0], values[3]], ['before', 'after'])
      for (const value of values.slice(1, 3)) assert.match(value, /gzip can't be unpacked: .* more than 32 MiB/)
    })
  })
}

async function valuesOf(log: Log, topic: string): Promise<string[]> {
  const at = { topic, partition: 0 }
  const values: string[] = []
  for await (const { offset, value } of log.read(at, 0, await log.endOffset(at))) {
    assert.equal(offset, values.length)
    values.push(value.toString())
  }
  return values
}

/** Two records in one batch: some 40 kB that unpack to more than the bound. */
async function sendBomb(brokers: string[], topic: string): Promise<void> {
  const reading = kafkajs.CompressionCodecs[codecNumbers.gzip]
  kafkajs.CompressionCodecs[codecNumbers.gzip] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => gzipSync(buffer),
  })
  const producer = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).producer()
  try {
    await producer.connect()
    const value = Buffer.alloc(unpackedBytesMax / 2 + 1)
    const messages = [{ value }, { value }]
    await producer.send({ topic, messages, compression: codecNumbers.gzip })
  } finally {
    await producer.disconnect()
    kafkajs.CompressionCodecs[codecNumbers.gzip] = reading
  }
}
