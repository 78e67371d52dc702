import assert from 'node:assert/strict'
import { test } from 'node:test'
import { approvalLines } from './approvals.ts'

const waiting = (state: 'held' | 'approved', allowed = true) => {
  const consequence = (answer: 'approve' | 'reject') => ({
    ...{ answer, allowed, why_not: allowed ? null : 'There is no policy file.', sentences: [] },
    ...{ command_id: 'cmd_1', passkey: null },
  })
  return {
    alert: { id: 'alr_1', severity: 'high', tenant: 'acme', summary: 'It strayed.' },
    command: { id: 'cmd_1', state, approval_deadline: 1_800_000, approved_by: 'soc', sentence: 'Revoke it.' },
    consequences: [consequence('approve'), consequence('reject')],
  } as const
}

test('what is approved already is not asked again, and shows that it waits for a free place', () => {
  const lines = approvalLines([waiting('held'), waiting('approved')]).join('\n')
  assert.match(
    lines,
    /cmd_1 by 1970-01-01T00:30:00.000Z: Revoke it\.\n {2}straylight verdict alr_1 approve --command cmd_1/,
  )
  assert.match(
    lines,
    /cmd_1: Revoke it\.\n {2}Approved by soc, waits for a free place\. .*\n {2}straylight verdict alr_1 reject/,
  )
  assert.match(lines, /\n1 command waits for an approval\. 1 approved, waits for a free place\.$/)
  const ready = approvalLines([waiting('approved')]).join('\n')
  assert.match(ready, /\nNo command waits for an approval\. 1 approved, waits for a free place\.$/)
  assert.doesNotMatch(ready, /approve --command/)
})

test('a command that must fail is not offered', () => {
  const lines = approvalLines([waiting('held', false), waiting('approved', false)]).join('\n')
  assert.doesNotMatch(lines, /straylight verdict/)
  assert.match(lines, /There is no policy file\./)
})
