import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import type { Verdict } from '@straylight/schemas/verdict'
import { temporaryKeys } from '../command/signing-keys.ts'
import { signVerdict, verifyVerdict } from './verdict-token.ts'

const { commands: key } = await temporaryKeys()
const { commands: otherKey } = await temporaryKeys()
const { issuers } = Policy.parse({
  issuers: [
    { name: 'soc', public_key: key.publicKey.x, roles: ['analyst'], tenants: ['acme'] },
    { name: 'duty', public_key: key.publicKey.x, roles: ['approver', 'owner'] },
  ],
})
const verdict: Verdict = {
  id: 'vdt_1',
  alert_id: 'alr_1',
  tenant: 'acme',
  answer: 'true',
  reason: 'seen it',
  issuer: 'soc',
  role: 'analyst',
  time: 1_790_000_000_000,
}
const check = async (given: Partial<Verdict>, signer = key) => {
  const checked = await verifyVerdict(await signVerdict({ ...verdict, ...given }, signer), issuers)
  return 'refused' in checked ? checked.refused : 'taken'
}

test('promise 9: an issuer, with its key, in a role it has, for its tenant', async () => {
  assert.equal(await check({}), 'taken')
  assert.equal(await check({ issuer: 'nobody' }), 'unknown_issuer')
  assert.equal(await check({}, otherKey), 'bad_signature')
  assert.equal(await check({ role: 'approver', answer: 'approve' }), 'role_not_held')
  assert.equal(await check({ tenant: 'globex' }), 'other_tenant')
})

test('promise 9: only an approver approves or rejects; the three roles call true and false', async () => {
  assert.equal(await check({ answer: 'approve' }), 'role_may_not')
  assert.equal(await check({ issuer: 'duty', role: 'owner', answer: 'reject' }), 'role_may_not')
  assert.equal(await check({ issuer: 'duty', role: 'approver', answer: 'approve' }), 'taken')
  assert.equal(await check({ issuer: 'duty', role: 'approver', answer: 'reject' }), 'taken')
  assert.equal(await check({ issuer: 'duty', role: 'owner', answer: 'false' }), 'taken')
  assert.equal(await check({ issuer: 'duty', role: 'approver', answer: 'true' }), 'taken')
})

test('what is no verdict is refused by name: other text, another kind of token, a changed payload, no signature', async () => {
  const token = await signVerdict(verdict, key)
  const [head = '', payload = '', signature = ''] = token.split('.')
  const changed = Buffer.from(JSON.stringify({ ...verdict, answer: 'false' })).toString('base64url')
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'straylight-verdict+jws' })).toString('base64url')
  const cases: [string, string][] = [
    ['', 'malformed'],
    ['{}', 'malformed'],
    ['a.b.c', 'malformed'],
    ['x'.repeat(30_000), 'malformed'],
    [await key.sign(JSON.stringify(verdict), 'straylight-command+jws'), 'malformed'],
    [await key.sign(JSON.stringify({ ...verdict, answer: 'maybe' }), 'straylight-verdict+jws'), 'malformed'],
    [`${unsigned}.${payload}.`, 'malformed'],
    [`${head}.${changed}.${signature}`, 'bad_signature'],
  ]
  for (const [text, expected] of cases) {
    const checked = await verifyVerdict(text, issuers)
    assert.equal('refused' in checked ? checked.refused : 'taken', expected, text.slice(0, 40))
  }
})
