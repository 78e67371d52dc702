import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { commandFor } from '../../test-support/command-for.ts'
import { CredentialRegistry } from './credential-registry.ts'

const now = Date.UTC(2026, 9, 14, 12)
const held = (id: string, agent = 'desk-1', session?: string) => ({
  tenant: 'acme',
  agent,
  id,
  issued_at: now - hourMs,
  expires_at: now + hourMs,
  ...(session === undefined ? {} : { session }),
})

function registryWith(...credentials: ReturnType<typeof held>[]): CredentialRegistry {
  const registry = new CredentialRegistry()
  for (const credential of credentials) assert.deepEqual(registry.issue(credential, now), { valid: true })
  return registry
}

test('a credential is good until it expires or is revoked', () => {
  const registry = registryWith(held('jti:1'))
  assert.equal(registry.verify('acme', 'jti:1', now).valid, true)
  assert.deepEqual(registry.verify('acme', 'jti:1', now + hourMs), { valid: false, reason: 'expired' })
  assert.deepEqual(registry.verify('other', 'jti:1', now), { valid: false, reason: 'unknown credential' })
  assert.equal(registry.apply(commandFor('jti:1', { at: now })).code, 'applied')
  assert.equal(registry.verify('acme', 'jti:1', now).valid, false)
  assert.ok(registry.isRevoked('acme', 'jti:1'))
})

test('no other credential is hit, and its holder gets no new one before the hold ends', () => {
  const registry = registryWith(held('jti:1'), held('jti:2'), held('jti:3', 'desk-2'))
  const command = commandFor('jti:1', { at: now })
  assert.deepEqual(registry.apply(command).credentials, ['jti:1'])
  assert.ok(!registry.isRevoked('acme', 'jti:2') && !registry.isRevoked('acme', 'jti:3'))
  const until = Date.parse(command.hold.deny_reissue_until)
  assert.equal(registry.issue(held('jti:4'), until - 1).valid, false)
  assert.equal(registry.issue(held('jti:4'), until).valid, true)
  assert.equal(registry.issue(held('jti:5', 'desk-2'), now).valid, true)
})

test('a shared credential is revoked although another agent holds it; the hold is on its holder', () => {
  const registry = registryWith(held('jti:1', 'lender'))
  const command = commandFor('jti:1', { at: now, agent: 'borrower', holder: 'lender' })
  assert.equal(registry.apply(command).code, 'applied')
  assert.equal(registry.issue(held('jti:2', 'lender'), now).valid, false)
  assert.equal(registry.issue(held('jti:3', 'borrower'), now).valid, true)
})

test("promise 11: what is another agent's is not hit, whoever says so: neither a claimed credential nor its restore", () => {
  const registry = registryWith(held('jti:1', 'victim'), held('jti:2', 'data-bot-2'))
  const claimed = registry.apply(commandFor('jti:1', { at: now, agent: 'data-bot-2' }))
  assert.deepEqual(
    [claimed.code, claimed.message],
    ['holder_mismatch', 'jti:1 was issued to victim, not to data-bot-2'],
  )
  assert.equal(registry.verify('acme', 'jti:1', now).valid, true)
  assert.equal(registry.issue(held('jti:3', 'victim'), now).valid, true)
  const rightful = commandFor('jti:1', { at: now, agent: 'data-bot-2', holder: 'victim' })
  assert.equal(registry.apply(rightful).code, 'applied')
  const restore = { ...rightful, id: 'cmd_restore', action: 'restore' as const }
  const other = { ...restore, precondition: { agent_state: 'active' as const, holder_agent_id: 'data-bot-2' } }
  assert.equal(registry.apply(other).code, 'holder_mismatch')
  assert.equal(
    registry.apply({ ...restore, subject: { ...restore.subject, tenant_id: 'globex' } }).code,
    'unknown_subject',
  )
  assert.equal(registry.apply(restore).code, 'applied')
})

test('a suspension is taken back whole, though all its credentials were revoked before', () => {
  const registry = registryWith(held('jti:1'))
  registry.apply(commandFor('jti:1', { at: now }))
  const suspend = commandFor(undefined, { at: now, action: 'suspend_agent', match: 'agent' })
  assert.equal(registry.apply(suspend).code, 'applied')
  assert.equal(registry.apply({ ...suspend, id: 'cmd_restore', action: 'restore' }).code, 'applied')
  assert.equal(registry.verify('acme', 'jti:1', now).valid, false, 'revoked by the other command still')
  assert.equal(registry.issue(held('jti:2'), now + 1_800_001).valid, true)
})

test('an agent is suspended whole, and a second command meets one that is not active', () => {
  const registry = registryWith(held('jti:1'), held('jti:2'))
  const suspend = commandFor(undefined, { at: now, action: 'suspend_agent', match: 'agent', max: 2 })
  assert.equal(registry.apply(suspend).code, 'applied')
  assert.ok(registry.isRevoked('acme', 'jti:1') && registry.isRevoked('acme', 'jti:2'))
  assert.equal(registry.issue(held('jti:3'), now + 10 * hourMs).valid, false)
  assert.equal(registry.apply(commandFor('jti:1', { at: now })).code, 'precondition')
})

test('what would hit more than the command says is refused whole', () => {
  const registry = registryWith(held('jti:1', 'desk-1', 'run-1'), held('jti:2', 'desk-1', 'run-1'))
  const wide = commandFor(undefined, { at: now, action: 'revoke_session', match: 'session', session: 'run-1', max: 1 })
  assert.equal(registry.apply(wide).code, 'too_wide')
  assert.ok(!registry.isRevoked('acme', 'jti:1') && !registry.isRevoked('acme', 'jti:2'))
})

test('nothing is hit by a dry run, an unknown subject, or a credential issued after the command', () => {
  const registry = registryWith(held('jti:1'), { ...held('jti:new'), issued_at: now + 1 })
  assert.equal(registry.apply(commandFor('jti:1', { at: now, mode: 'dry_run' })).code, 'dry_run')
  assert.equal(registry.apply(commandFor('jti:other', { at: now })).code, 'unknown_subject')
  assert.equal(registry.apply(commandFor('jti:new', { at: now })).code, 'unknown_subject')
  assert.ok(!registry.isRevoked('acme', 'jti:1') && !registry.isRevoked('acme', 'jti:new'))
})

test('promise 14: a restore takes back what its command did, hold and suspension included', () => {
  const registry = registryWith(held('jti:1'))
  const command = commandFor('jti:1', { at: now })
  registry.apply(command)
  const restore = { ...command, id: 'cmd_restore', action: 'restore' as const }
  assert.deepEqual(registry.apply(restore).credentials, ['jti:1'])
  assert.equal(registry.verify('acme', 'jti:1', now).valid, true)
  assert.equal(registry.issue(held('jti:2'), now).valid, true)
  assert.equal(registry.apply(restore).code, 'unknown_subject')
})
