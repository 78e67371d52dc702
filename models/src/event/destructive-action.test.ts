import assert from 'node:assert/strict'
import { test } from 'node:test'
import { destructiveAction } from './destructive-action.ts'

test('what destroys, resets or takes away is known by its words, however they are joined', () => {
  for (const action of [
    'delete',
    'users.delete',
    'bulkDeleteUsers',
    'DeleteObject',
    'password_reset',
    'token:revoke',
    'rm -rf',
  ])
    assert.equal(destructiveAction(action), true, action)
})

test('a word within a word is not that word, and tidying is not destruction', () => {
  for (const action of [
    'read',
    'undeleted.list',
    'dropbox.upload',
    'presets.list',
    'ticket.close',
    'blockchain.read',
    'form.submit',
  ])
    assert.equal(destructiveAction(action), false, action)
})
