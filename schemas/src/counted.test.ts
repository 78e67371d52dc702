import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted } from './counted.ts'

test('one is one, and all else is many', () => {
  assert.equal(counted(1, 'finding'), '1 finding')
  assert.equal(counted(0, 'alert'), '0 alerts')
  assert.equal(counted(1204, 'event'), '1,204 events')
  assert.equal(counted(1.5, 'hour'), '1.5 hours')
  assert.equal(counted(1, 'entry', 'entries'), '1 entry')
  assert.equal(counted(3, 'entry', 'entries'), '3 entries')
})
