import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitState } from './commit-state.ts'

test('what a turn has done counts once the commit stands, and a failed turn leaves nothing to write', () => {
  const state = new CommitState()
  assert.ok(state.isCommitted)
  state.begin()
  state.handled(30)
  assert.ok(!state.isCommitted)
  assert.ok(!state.isCheckpointDue(30))
  state.handled(12)
  assert.equal(state.committed(), 42)
  assert.ok(state.isCommitted && state.isCheckpointDue(42) && !state.isCheckpointDue(43))
  state.checkpointed()
  assert.ok(!state.isCheckpointDue(1))
  assert.equal(state.committed(), 0)
  state.begin()
  state.handled(5)
  assert.ok(!state.isCommitted)
})
