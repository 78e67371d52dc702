import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { createAlertLines } from './report-alerts.ts'

const command = {
  id: 'cmd_1',
  action: 'revoke_token',
  scope: { match: 'credential' },
  subject: { tenant_id: 't', agent_id: 'bot', credential_id: 'tok-1' },
}

/** Only what the lines read. */
const revision = (changes: Partial<Record<keyof Alert, unknown>>) => ({
  alert: {
    id: 'alr_1',
    revision: 1,
    severity: 'high',
    summary: 'bot strayed.',
    command_state: 'none',
    ...changes,
  } as unknown as Alert,
  offset: 0,
  changedAt: 0,
})

test('one line for each alert, command, answer of a broker and missing answer; none for what was said before', () => {
  const lines = createAlertLines()
  assert.deepEqual(lines(revision({})), ['new alert alr_1, high: bot strayed.'])
  assert.deepEqual(lines(revision({ revision: 2 })), [])
  assert.deepEqual(lines(revision({ revision: 3, command, command_state: 'sent' })), [
    'command sent: cmd_1, revoke token of credential tok-1 (alr_1)',
  ])
  assert.deepEqual(lines(revision({ revision: 4, command, command_state: 'sent' })), [])
  assert.deepEqual(lines(revision({ revision: 5, command, command_state: 'unanswered' })), [
    'the broker has not answered in time: cmd_1, revoke token of credential tok-1 (alr_1)',
  ])
  assert.deepEqual(lines(revision({ revision: 6, command, command_state: 'applied' })), [
    'the broker answered, applied: cmd_1, revoke token of credential tok-1 (alr_1)',
  ])
  const restore = { command: { ...command, id: 'cmd_2', action: 'restore' }, state: 'refused', result: 'no such token' }
  assert.deepEqual(lines(revision({ revision: 7, command, command_state: 'restored', restores: [restore] })), [
    'the broker answered, refused (no such token): cmd_2, restore of credential tok-1 (alr_1)',
  ])
})

test('a new alert whose command went out at once gets both lines; names in it are shown as what they are', () => {
  const lines = createAlertLines()
  assert.deepEqual(lines(revision({ command, command_state: 'held' })), [
    'new alert alr_1, high: bot strayed.',
    'command waits for an approval: cmd_1, revoke token of credential tok-1 (alr_1)',
  ])
})
