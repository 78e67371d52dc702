import assert from 'node:assert/strict'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { giveWay } from './give-way.ts'

test('a process of baseline alone gives way to the others, and none that detects does', () => {
  const before = getPriority()
  giveWay(['score'])
  giveWay(['ingest', 'baseline', 'score', 'respond'])
  giveWay([])
  assert.equal(getPriority(), before)
  giveWay(['baseline'])
  assert.equal(getPriority(), Math.max(before, 10), 'and never more than it did already')
})
