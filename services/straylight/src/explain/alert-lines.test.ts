import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { alertLines } from './alert-lines.ts'

/** Only what the lines read. */
const alertOf = (changes: Partial<Alert>): Alert =>
  ({
    id: 'alr_1',
    state: 'open',
    severity: 'high',
    summary: 'bot acted far more often than usual.',
    finding_count: 1,
    first_seen: Date.UTC(2026, 10, 22, 10),
    last_seen: Date.UTC(2026, 10, 22, 10),
    findings: [],
    response: 'revoke',
    command_state: 'none',
    verdicts: [],
    ...changes,
  }) as unknown as Alert

const command = { id: 'cmd_1' } as Alert['command'] & object

test('what explain says of an alert, golden', () => {
  const from = '2026-11-22T10:00:00.000Z'
  assert.deepEqual(alertLines(alertOf({ command, command_state: 'applied' })), [
    'alr_1 (open, high): bot acted far more often than usual.',
    `1 finding at ${from}`,
    'What was decided: to revoke. Command cmd_1 was applied by the broker.',
  ])
  const limit = 'the circuit breaker allows 3 commands a minute'
  const waits = { state: 'awaiting_approval', finding_count: 2, last_seen: Date.UTC(2026, 10, 22, 11) } as const
  assert.deepEqual(alertLines(alertOf({ ...waits, response: 'alert', response_limited_by: limit })), [
    'alr_1 (awaiting approval, high): bot acted far more often than usual.',
    `2 findings from ${from} to 2026-11-22T11:00:00.000Z`,
    'What was decided: an alert. No command was made.',
    `Why no more was done: ${limit}.`,
  ])
})
