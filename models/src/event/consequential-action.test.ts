import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consequentialAction } from './consequential-action.ts'

test('what moves money, changes who may do what, or destroys is known by its words', () => {
  for (const action of [
    'pay',
    'send_money',
    'payments.create',
    'refundOrder',
    'CreateAccessKey',
    'AttachUserPolicy',
    'AddUserToGroup',
    'Add member to role',
    'repo.transfer_ownership',
    'invite_collaborators',
    'add_ssh_key',
    'update_account_password',
    'share_file',
    'mail.create_forwarding',
    'delete_repo',
  ])
    assert.equal(consequentialAction(action), true, action)
})

test('looking at such things, and changing others, is not', () => {
  for (const action of [
    'read',
    'get_user',
    'list_ssh_keys',
    'GetSecretValue',
    'get_most_recent_transactions',
    'ticket.update',
    'create_file',
    'calendar.create_event',
    'send_email',
    'search_product',
    'keyboard.press',
    '',
  ])
    assert.equal(consequentialAction(action), false, action)
})
