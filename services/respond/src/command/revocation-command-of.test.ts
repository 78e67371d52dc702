import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { approvedCommand, type CommandOrigin, restoreCommandOf, revocationCommandOf } from './revocation-command-of.ts'

const origin = (given: object = {}, more: Partial<CommandOrigin> = {}): CommandOrigin => ({
  finding: sampleFindingOf(1, given),
  digest: 'sha256:ab',
  alertId: 'alr_1',
  policy: Policy.parse({ id: 'house', version: 4, revocation: { max_credentials: 5 } }),
  issuer: '/straylight/test',
  tier: 'low',
  decision: 'auto',
  mode: 'enforce',
  at: startMs,
  ...more,
})

test('a command has the published shape, expires, names its evidence, its reply and its undo', () => {
  assert.deepEqual(revocationCommandOf(origin()), {
    specversion: 'agent-command/1',
    id: 'cmd_09dbb4c20708297f1dd0cd14972733aa',
    type: 'straylight.agent.credential.revoke.v1',
    issued_at: '2026-11-22T10:00:00.000Z',
    not_after: '2026-11-22T10:05:00.000Z',
    issuer: '/straylight/test',
    mode: 'enforce',
    action: 'revoke_token',
    subject: { tenant_id: 'acme', agent_id: 'invoice-bot', session_id: 'run-81', credential_id: 'jti:9c1e' },
    scope: {
      match: 'credential',
      credentials_issued_before: '2026-11-22T10:00:00.000Z',
      systems: [],
      cascade_to_delegates: false,
      max_credentials: 1,
    },
    hold: { deny_reissue_until: '2026-11-22T10:30:00.000Z', release: 'auto' },
    reason: {
      code: 'behaviour.new_destination',
      admin: 'mailto:evil.example was never seen in 812 events of this agent',
      risk_level: 'HIGH',
    },
    evidence: {
      finding_id: 'fnd_0_1',
      alert_id: 'alr_1',
      event_ids: ['evt-0-1'],
      score: 21.5,
      confidence: 0.9999,
      severity: 'high',
      model: 'default@1',
      knowledge_version: 3,
      digest: 'sha256:ab',
    },
    policy: { id: 'house', version: 4, tier: 'low', decision: 'auto' },
    approval: { required: false, by: null },
    precondition: { agent_state: 'active', holder_agent_id: 'invoice-bot', holder_basis: 'registry' },
    undo: { type: 'straylight.agent.credential.restore.v1', of: 'cmd_09dbb4c20708297f1dd0cd14972733aa' },
    reply: { topic: 'agent.revocations.results.v1', deadline: '2026-11-22T10:00:10.000Z' },
  })
})

test('the smallest revocation that helps: credential, else a named session, else the agent', () => {
  const scope = (given: object, more: Partial<CommandOrigin> = {}) => {
    const { action, scope: of, subject } = revocationCommandOf(origin(given, more))
    return [action, of.match, of.max_credentials, subject.credential_id, subject.session_id]
  }
  assert.deepEqual(scope({}), ['revoke_token', 'credential', 1, 'jti:9c1e', 'run-81'])
  const none = { credential_id: undefined }
  assert.deepEqual(scope(none), ['revoke_session', 'session', 5, undefined, 'run-81'])
  // A broker knows nothing of a session that was inferred from a pause.
  assert.deepEqual(scope({ ...none, session: '~@1790000000000' }), ['suspend_agent', 'agent', 5, undefined, undefined])
  assert.deepEqual(scope({ ...none, cause: 'credential_shared', target: 'jti:77' }).slice(0, 4), [
    'revoke_token',
    'credential',
    1,
    'jti:77',
  ])
  // Never what evidence gives to another.
  const credential_holder = { agent: 'vault', tier: 'low', basis: 'registry' } as const
  assert.deepEqual(scope({ credential_holder }), ['suspend_agent', 'agent', 5, undefined, undefined])
  // Whoever approves it means the whole agent, whatever the policy lets one command take by itself.
  assert.deepEqual(scope({ credential_holder }, { decision: 'human' }).slice(0, 3), ['suspend_agent', 'agent', 1_000])
  assert.deepEqual(scope(none, { decision: 'human' }).slice(0, 3), ['revoke_session', 'session', 5])
})

test('the id is a function of finding, policy, version and action; time and text do not enter', () => {
  const id = (given: object = {}, more: Partial<CommandOrigin> = {}) => revocationCommandOf(origin(given, more)).id
  assert.equal(id(), id({ reasons: ['other'] }, { at: startMs + 1 }))
  const others = [
    id({ id: 'fnd_2' }),
    id({ credential_id: undefined }),
    id({}, { policy: Policy.parse({ id: 'house', version: 5 }) }),
    id({}, { policy: Policy.parse({ id: 'other', version: 4 }) }),
  ]
  assert.equal(new Set([id(), ...others]).size, 5)
})

test('an approval moves every time of the draft to its own moment and names who gave it', () => {
  const draft = revocationCommandOf(origin({}, { decision: 'human' }))
  assert.deepEqual(draft.approval, { required: true, by: null })
  const approved = approvedCommand(draft, 'soc', startMs + 600_000)
  assert.equal(approved.id, draft.id)
  assert.deepEqual(approved.approval, { required: true, by: 'soc' })
  assert.equal(approved.issued_at, '2026-11-22T10:10:00.000Z')
  assert.equal(approved.not_after, '2026-11-22T10:15:00.000Z')
  assert.equal(approved.scope.credentials_issued_before, '2026-11-22T10:10:00.000Z')
  assert.equal(approved.hold.deny_reissue_until, '2026-11-22T10:40:00.000Z')
  assert.equal(approved.reply.deadline, '2026-11-22T10:10:10.000Z')
  assert.deepEqual(approved.evidence, draft.evidence)
})

test('a restore names what it undoes, with the same subject, an id and an expiry of its own', () => {
  const revoked = revocationCommandOf(origin())
  const restore = restoreCommandOf(revoked, { by: 'soc', reason: 'planned work', at: startMs + 60_000 })
  assert.equal(RevocationCommand.safeParse(restore).success, true)
  assert.equal(restore.action, 'restore')
  assert.equal(restore.undo.of, revoked.id)
  assert.notEqual(restore.id, revoked.id)
  assert.deepEqual(restore.subject, revoked.subject)
  assert.equal(restore.not_after, '2026-11-22T10:06:00.000Z')
  assert.equal(restore.reason.admin, 'planned work')
})
