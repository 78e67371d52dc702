import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { taintedWriteFamily } from './tainted-write-family.ts'

test('a tainted value that is new counts as far as its call writes after reading', () => {
  const comparison = taught([]).against(shapeOf())
  const of = (tainted_value_new: number, write_after_reading: number) =>
    deviationByName(taintedWriteFamily, comparison, { tainted_value_new, write_after_reading }).tainted_value_written
  assert.deepEqual([of(1, 0.75), of(0, 1), of(1, 0), of(1, 1)], [0.75, undefined, undefined, 1])
})
