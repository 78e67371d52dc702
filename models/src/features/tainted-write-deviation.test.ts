import assert from 'node:assert/strict'
import { test } from 'node:test'
import { featureIndex, features } from './feature.ts'
import { taintedWriteDeviation } from './tainted-write-deviation.ts'

test('a borne value that is new counts as far as its call writes after reading', () => {
  const of = (tainted_value_new: number, write_after_reading: number) => {
    const out = new Float64Array(features.length)
    out[featureIndex('tainted_value_new')] = tainted_value_new
    out[featureIndex('write_after_reading')] = write_after_reading
    taintedWriteDeviation(out)
    return out[featureIndex('tainted_value_written')]
  }
  assert.deepEqual([of(1, 0.75), of(0, 1), of(1, 0), of(1, 1)], [0.75, 0, 0, 1])
})
