import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreAvailability } from './store-availability.ts'

test('what the store gives and what it takes are two things, and each is what the last call reported', () => {
  const store = new StoreAvailability()
  const state = () => [store.givesProfiles, store.acceptsCheckpoints]
  assert.deepEqual(state(), [true, true])
  store.profileWasNotGiven()
  assert.deepEqual(state(), [false, true])
  store.checkpointFailed()
  store.checkpointFailed()
  store.profilesCame()
  assert.deepEqual(state(), [true, false])
  store.checkpointStands()
  assert.deepEqual(state(), [true, true])
})
