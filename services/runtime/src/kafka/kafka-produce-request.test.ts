import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32c } from './crc32c.ts'
import { encodeProduceRequest, encodeProduceRequestsHere, type ProduceRequest } from './kafka-produce-request.ts'

const require = createRequire(import.meta.url)
const kafkajsRequest: (request: ProduceRequest) => {
  encode: () => Promise<{ buffer: Buffer }>
} = require('kafkajs/src/protocol/requests/produce/v3/request')
const Long: { fromValue(value: string): unknown } = require('kafkajs/src/utils/long')

test('CRC-32C is that of RFC 3720, and of kafkajs for any bytes', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  const known: (bytes: Buffer) => number = require('kafkajs/src/protocol/recordBatch/crc32C')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 20 }), (bytes, from) => {
      const start = Math.min(from, bytes.length)
      assert.equal(crc32c(bytes, start), known(Buffer.from(bytes.subarray(start))))
    }),
  )
})

const text = fc.string({ unit: 'binary', maxLength: 40 })
const message = fc.record(
  {
    key: text,
    value: fc.oneof(
      text,
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    ),
    // kafkajs sorts them as texts: of one length, that is their order.
    timestamp: fc.integer({ min: 1e12, max: 9e12 }).map(String),
    headers: fc.dictionary(text, text, { maxKeys: 4 }),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
)
const partition = fc.record({
  partition: fc.nat({ max: 1000 }),
  firstSequence: fc.nat({ max: 2 ** 31 - 1 }),
  messages: fc.array(message, { minLength: 1, maxLength: 150, size: 'medium' }),
})
const request = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat({ max: 2 ** 31 - 1 }),
  transactionalId: fc.constant(null),
  producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }).map((id) => Long.fromValue(String(id))),
  producerEpoch: fc.nat({ max: 2 ** 15 - 1 }),
  topicData: fc.array(
    fc.record({ topic: fc.string({ maxLength: 30 }), partitions: fc.array(partition, { maxLength: 4 }) }),
    { maxLength: 3 },
  ),
})

test('a Produce request is byte by byte what kafkajs makes of it', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      const { buffer } = await kafkajsRequest(asked).encode()
      assert.deepEqual(encodeProduceRequest(asked), Buffer.from(buffer))
    }),
    { numRuns: 60 },
  )
})

test('kafkajs takes the encoder in place of its own', async () => {
  encodeProduceRequestsHere()
  const { protocol } = require('kafkajs/src/protocol/requests/produce')
  const message = { key: 'k', value: 'v', timestamp: '1700000000000' }
  const asked: ProduceRequest = {
    acks: -1,
    timeout: 1,
    producerId: Long.fromValue('7'),
    producerEpoch: 0,
    topicData: [{ topic: 't', partitions: [{ partition: 0, firstSequence: 0, messages: [message] }] }],
  }
  const made = protocol({ version: '7' })(asked).request
  assert.equal(made.apiVersion, 7)
  assert.equal(made.apiName, 'Produce')
  assert.equal(made.expectResponse(), true)
  assert.deepEqual((await made.encode()).buf, encodeProduceRequest(asked))

  // Another user of kafkajs in this process: no key, or two values of one header.
  for (const other of [
    { ...message, key: null },
    { ...message, headers: { h: ['1', '2'] } },
  ]) {
    const topicData = [{ topic: 't', partitions: [{ partition: 0, firstSequence: 0, messages: [other] }] }]
    const theirs = { ...asked, topicData } as unknown as ProduceRequest
    const { buffer } = await protocol({ version: '7' })(theirs).request.encode()
    assert.deepEqual(buffer, (await kafkajsRequest(theirs).encode()).buffer)
  }
})
