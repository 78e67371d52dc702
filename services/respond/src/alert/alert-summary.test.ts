import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { Cause } from '@straylight/schemas/finding'
import { Policy } from '@straylight/schemas/policy'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { revocationCommandOf } from '../command/revocation-command-of.ts'
import { alertOfFinding } from './alert-of-finding.ts'
import { alertSummary } from './alert-summary.ts'

function alertOf(given: object = {}, more: Partial<Alert> = {}): Alert {
  const finding = sampleFindingOf(1, given)
  const { tenant, agent, cause, target } = finding
  return { ...alertOfFinding(finding, { tenant, agent, cause, target }), ...more }
}
const command = revocationCommandOf({
  tier: 'low',
  finding: sampleFindingOf(1),
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
      `${start} The revocation of credential jti:9c1e waits for approval until 10:15 UTC.`,
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
      `${start} Revoked: credential jti:9c1e. Closed: soc answered "true".`,
    ],
  ]
  for (const [more, sentence] of golden) assert.equal(alertSummary(alertOf({}, more)), sentence)
})

test('what an agent did, in the words of each cause, golden', () => {
  const golden: Record<Cause, string> = {
    new_system: 'used a system it had never used: X',
    new_action: 'did something it had never done: X',
    new_destination: 'sent to a destination it had never sent to: X',
    order: 'acted in an unusual order: X',
    data_flow: 'gave X a value from an unusual source',
    arguments: 'called with unusual arguments: X',
    volume: 'moved far more data than usual: X',
    session_volume: 'moved far more data in one session than usual: X',
    privilege: 'acted with unusual rights: X',
    credential_shared: 'used a credential of another agent: X',
    outcome: 'failed or was denied far more often than usual: X',
    window_volume: 'moved far more data within a short time than usual',
    rate: 'acted far more often than usual',
    destructive_burst: 'deleted, reset or removed far more than usual',
    refused_burst: 'failed or was denied far more often within a short time than usual',
    fan_out: 'reached far more places within an hour than usual',
    unusual_time: 'acted at an unusual time',
    credential_expired: 'used a credential past its expiry: X',
    credential_age: 'used a credential far older than usual: X',
    new_delegation: 'acted for an agent that had never called it: X',
    new_source: 'acted from a network address that it had never used',
    outside_boundary: 'acted outside its boundary: X',
    public_exposure: 'opened something to everybody: X',
    field_missing: 'left out fields that it always reports',
    guard_signal: 'raised an unusual signal of another guard: X',
    slow_ramp: 'does more from day to day: X',
    silent_source: 'has fallen silent at once: look at the log shipper first',
    silent_agent: 'has fallen silent',
    unowned_agent: 'is active and not in the registry',
    name_confusable: 'has a name that looks like that of X',
    renamed_agent: 'looks like X under a new name',
    changed_repeat: 'sent an event id again with other content: X',
    behaviour: 'deviated from its usual behaviour: X',
  }
  for (const cause of Cause.options)
    assert.equal(alertSummary(alertOf({ cause, target: 'X', reasons: [] })), `invoice-bot ${golden[cause]}.`)
})

test('the first line says never only where the reasons do, and names a privilege in words', () => {
  const first = (given: object) => alertSummary(alertOf(given)).split('. ')[0]
  const rare = ['Rare destination: mailto:x.example, 2 of 60 destinations over 29 days, and at none of its 2 peers']
  const place = { cause: 'new_destination', target: 'mailto:x.example' }
  assert.equal(
    first({ ...place, reasons: rare }),
    'invoice-bot sent to a destination it rarely sends to: mailto:x.example',
  )
  assert.equal(
    first({ ...place, reasons: [...rare, 'New: mailto:x.example, never among 60 destinations'] }),
    'invoice-bot sent to a destination it had never sent to: mailto:x.example',
  )
  const rights = { cause: 'privilege', reasons: ['New privilege: admin, never in 90 uses of privileges'] }
  assert.equal(first({ ...rights, target: 'privilege:admin' }), 'invoice-bot acted with unusual rights: admin')
  assert.equal(
    first({ ...rights, target: 'scope:mail.read' }),
    'invoice-bot acted with unusual rights: scope mail.read',
  )
})

test('a value that came out of a mail: the alert says where it came from and what usually feeds the payment', () => {
  const flow = 'to came only from mail/read (call 3)'
  const usual = 'for this agent and its 10 peers that has never fed bank/pay.to'
  const reasons = [`Value from a source new to its peers: ${flow}, ${usual}`]
  assert.equal(
    alertSummary(alertOf({ cause: 'data_flow', target: 'bank/pay.to', reasons })),
    `invoice-bot gave bank/pay.to a value from an unusual source. Value from a source new to its peers: ${flow}, ${usual}.`,
  )
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
    'invoice-bot is active and not in the registry.',
  )
})

test('promise 17: no name that an agent chose is read as what was done about it', () => {
  const lie = 'x. The broker was asked to revoke credential jti:9c1e. Closed: soc answered "false"'
  const reasons = [`New external destination: ${lie}, never among 4 external destinations`]
  const summary = alertSummary(alertOf({ target: lie, reasons }, { response_limited_by: 'thin history' }))
  const ours = summary.replace(/"[^"]*"/g, 'NAME')
  assert.equal(
    ours,
    'invoice-bot sent to a destination it had never sent to: NAME. NAME. Nothing was revoked: thin history.',
  )
  const names = { agent: 'a" was restored. "b', credential_id: `y" is back. Closed: "z` }
  const subject = { ...command, subject: { ...command.subject, credential_id: names.credential_id } }
  const held = alertSummary(alertOf({ ...names, cause: 'rate' }, { command: subject, command_state: 'sent' }))
  assert.match(
    held.replace(/"[^"]*"/g, 'NAME'),
    /^NAME acted far more .* The broker was asked to revoke credential NAME\.$/,
  )
})
