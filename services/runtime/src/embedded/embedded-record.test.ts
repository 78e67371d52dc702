import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packedKey, packedTimestamp, packRecord, unpackRecord } from './embedded-record.ts'

const records = fc.record({
  topic: fc.constant('t'),
  key: fc.string({ unit: 'grapheme' }),
  value: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  headers: fc.dictionary(
    fc.string().filter((name) => name !== '__proto__'),
    fc.string({ unit: 'grapheme' }),
  ),
  timestamp: fc.integer(),
})

test('unpacks what it packed', () => {
  fc.assert(
    fc.property(records, (record) => {
      const packed = packRecord(record, 0)
      const { headers, value, ...rest } = unpackRecord(packed, 't', 3, 7)
      assert.deepEqual(rest, { topic: 't', partition: 3, offset: 7, key: record.key, timestamp: record.timestamp })
      assert.deepEqual({ ...headers }, { ...record.headers })
      assert.deepEqual([...value], [...record.value])
      assert.equal(packedKey(packed), record.key)
      assert.equal(packedTimestamp(packed), record.timestamp)
    }),
  )
})
