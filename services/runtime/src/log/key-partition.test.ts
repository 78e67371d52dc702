import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { partitionOf } from './key-partition.ts'

/** What Kafka's own test of `Utils.murmur2` expects, made positive. */
const known: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
]

test('hashes as the Java client does', () => {
  const count = 2 ** 31
  for (const [key, hash] of known) assert.equal(partitionOf(key, count), hash & 0x7fffffff, key)
})

test('agrees with the partitioner of kafkajs on any key', () => {
  const theirs = Partitioners.DefaultPartitioner()
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (key, count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [1],
        isr: [1],
      }))
      const message = { key, value: '' }
      assert.equal(partitionOf(key, count), theirs({ topic: 't', partitionMetadata, message }))
    }),
  )
})
