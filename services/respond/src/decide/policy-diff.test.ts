import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import { softwarePasskey } from '../../test-support/software-passkey.ts'
import { diffPolicy } from './policy-diff.ts'

const { listed } = softwarePasskey()
const issuer = { name: 'soc', public_key: 'x'.repeat(43), roles: ['approver'] }
const policyOf = (more: object) => Policy.parse({ id: 'acme', version: 1, ...more })

test('a diff says in words who approves with a passkey, where, and with which', () => {
  const before = policyOf({ issuers: [issuer] })
  const after = policyOf({
    version: 2,
    issuers: [{ ...issuer, passkeys: [listed] }],
    approval: { passkey: 'required', passkey_origins: ['https://straylight.acme.example'] },
  })
  assert.deepEqual(diffPolicy(before, after), [
    'Who approves with a passkey: required instead of registered.',
    'Places for which passkeys sign: https://straylight.acme.example instead of http://localhost:8701.',
    `Issuer soc changes: passkeys ${listed.id} instead of none.`,
    'The version goes from 1 to 2.',
  ])
})
