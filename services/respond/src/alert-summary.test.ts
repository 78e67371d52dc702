import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { Cause } from '@straylight/schemas/finding'
import { Policy } from '@straylight/schemas/policy'
import { findingOf, startMs } from '../kit/finding-of.ts'
import { alertOfFinding } from './alert-of-finding.ts'
import { alertSummary } from './alert-summary.ts'
import { revocationCommandOf } from './revocation-command-of.ts'

function alertOf(given: object = {}, more: Partial<Alert> = {}): Alert {
  const finding = findingOf(1, given)
  const { tenant, agent, cause, target } = finding
  return { ...alertOfFinding(finding, { tenant, agent, cause, target }), ...more }
}
const command = revocationCommandOf({
  finding: findingOf(1),
  digest: 'sha256:ab',
  alertId: 'alr_1',
  policy: Policy.parse({}),
  issuer: '/straylight/test',
  decision: 'auto',
  mode: 'enforce',
  at: startMs,
})
const said = 'Mailto:evil.example was never seen in 812 events of this agent.'
const start = `invoice-bot sent to a destination it had never sent to: mailto:evil.example. ${said}`

test('the sentences an analyst reads, golden', () => {
  const golden: [Partial<Alert>, string][] = [
    [{}, start],
    [{ finding_count: 3 }, `${start} 3 findings since 10:00 UTC.`],
    [{ response_limited_by: 'thin history' }, `${start} Nothing was revoked: thin history.`],
    [
      { command, command_state: 'held', approval_deadline: startMs + 900_000 },
      `${start} Revoking credential jti:9c1e waits for approval until 10:15 UTC.`,
    ],
    [{ command, command_state: 'sent' }, `${start} The broker was asked to revoke credential jti:9c1e.`],
    [{ command, command_state: 'applied' }, `${start} Revoked: credential jti:9c1e.`],
    [
      { command, command_state: 'refused', response_limited_by: 'the broker answered too_wide: 4 would be hit' },
      `${start} The broker did not revoke credential jti:9c1e: the broker answered too_wide: 4 would be hit.`,
    ],
    [
      { command, command_state: 'unanswered' },
      `${start} The broker was asked to revoke credential jti:9c1e and has not answered.`,
    ],
    [
      { command, command_state: 'expired', response_limited_by: 'nobody approved it' },
      `${start} Not revoked: credential jti:9c1e: nobody approved it.`,
    ],
    [{ command, command_state: 'shadow' }, `${start} Would have revoked credential jti:9c1e.`],
    [{ state: 'closed', close_reason: 'quiet' }, `${start} Closed: no new evidence.`],
    [
      {
        state: 'closed',
        close_reason: 'verdict_true',
        command,
        command_state: 'applied',
        verdicts: [{ id: 'vdt_1', answer: 'true', issuer: 'soc', reason: '', time: 0 }],
      },
      `${start} Revoked: credential jti:9c1e. Closed: soc called it true.`,
    ],
  ]
  for (const [more, sentence] of golden) assert.equal(alertSummary(alertOf({}, more)), sentence)
})

test('every cause has a sentence, and none grows beyond 600 characters', () => {
  for (const cause of Cause.options) {
    const text = alertSummary(
      alertOf({ cause, target: 't'.repeat(2000), agent: 'a'.repeat(512), reasons: ['r'.repeat(9000)] }),
    )
    assert.ok(text.length <= 600, cause)
    assert.match(text, /^a{79}… \w/)
  }
  assert.equal(
    alertSummary(alertOf({ cause: 'unowned_agent', reasons: [] })),
    'invoice-bot acts and is not in the registry.',
  )
})
