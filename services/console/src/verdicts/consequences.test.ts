import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { Policy } from '@straylight/schemas/policy'
import { consequences } from './consequences.ts'
import type { UserSigning } from './user-signing.ts'

const approving = (holder: string): string => {
  const command = {
    id: 'cmd_1',
    subject: { agent_id: 'helpdesk-1', credential_id: 'jti:inv1' },
    scope: { match: 'credential' },
    precondition: { agent_state: 'active', holder_agent_id: holder },
  }
  const alert = {
    ...{ agent: 'helpdesk-1', state: 'awaiting_approval', command_state: 'held', approval_deadline: 2, verdicts: [] },
    command,
  } as unknown as Alert
  const signing = { issuer: 'ana', roles: new Set(), missing: null } as unknown as UserSigning
  const said = consequences({ alert, commands: [], signing, policy: Policy.parse({}), now: 1 })
  return said.find(({ answer }) => answer === 'approve')?.sentences.join(' ') ?? ''
}

test('whoever approves reads who is hit, where that is another than the accused', () => {
  assert.match(
    approving('invoice-bot-1'),
    /^This hits invoice-bot-1, whose credential it is, and not helpdesk-1, which used it\. The broker is asked/,
  )
  assert.match(approving('helpdesk-1'), /^The broker is asked/)
})
