import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { oidcSettings } from './oidc-settings.ts'

const all = {
  STRAYLIGHT_CONSOLE_OIDC_ISSUER: 'https://login.acme.example',
  STRAYLIGHT_CONSOLE_OIDC_CLIENT_ID: 'straylight',
  STRAYLIGHT_CONSOLE_OIDC_ROLES: 'roles.yaml',
  STRAYLIGHT_CONSOLE_URL: 'https://straylight.acme.example',
}
const read = (given: Record<string, string | undefined>) => oidcSettings(readSettings(AllSettings, given))

test('a provider is asked with what is set, and as a public client without a secret', () => {
  assert.equal(read({}), undefined)
  const { issuer, clientSecret, scopes, userClaim, groupsClaim } = read(all) ?? assert.fail()
  assert.deepEqual(
    [issuer, clientSecret, scopes, userClaim, groupsClaim],
    ['https://login.acme.example', undefined, 'openid profile email', 'preferred_username', 'groups'],
  )
})

test('what is missing is named, all of it', () => {
  for (const name of ['STRAYLIGHT_CONSOLE_OIDC_CLIENT_ID', 'STRAYLIGHT_CONSOLE_OIDC_ROLES', 'STRAYLIGHT_CONSOLE_URL'])
    assert.throws(() => read({ ...all, [name]: undefined }), new RegExp(`expected ${name} too`))
  assert.throws(() => read({ ...all, STRAYLIGHT_CONSOLE_OIDC_ISSUER: undefined }), /ISSUER is not: expected both/)
  assert.throws(
    () => read({ STRAYLIGHT_CONSOLE_OIDC_ROLES: 'roles.yaml' }),
    /OIDC_ROLES is set and .*ISSUER is not: expected both/,
  )
})

test('neither codes nor tokens go over plain HTTP, but on one machine', () => {
  for (const name of ['STRAYLIGHT_CONSOLE_OIDC_ISSUER', 'STRAYLIGHT_CONSOLE_URL'] as const) {
    assert.throws(() => read({ ...all, [name]: 'http://straylight.acme.example' }), /expected https/)
    assert.throws(() => read({ ...all, [name]: 'http://localhost.evil.example' }), /expected https/)
    assert.ok(read({ ...all, [name]: 'http://localhost:8701' }))
  }
  assert.throws(() => read({ ...all, STRAYLIGHT_CONSOLE_OIDC_SCOPES: 'profile openidx' }), /openid among them/)
})
