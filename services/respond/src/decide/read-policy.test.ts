import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { diffPolicy } from './policy-diff.ts'
import { BadPolicy, policyOfText, readPolicy } from './read-policy.ts'

const example = fileURLToPath(new URL('../../policy.example.yaml', import.meta.url))

test('without a file the policy alerts only; the example is valid and says every setting', async () => {
  const standard = await readPolicy(undefined)
  assert.deepEqual(new Set(Object.values(standard.tiers).map((tier) => tier.critical)), new Set(['alert']))
  const given = await readPolicy(example)
  assert.deepEqual(Object.keys(given).sort(), Object.keys(standard).sort())
  assert.equal(given.webhooks.length > 0 && given.issuers.length > 0, true)
  assert.deepEqual(policyOfText('', 'policy.yaml'), standard)
})

test('what is wrong is named with file, line, path and what was expected', () => {
  const cases: [string, RegExp][] = [
    ['tiers:\n  high:\n    critical: revok\n', /^policy\.yaml:3: tiers\.high\.critical: .*"observe".*"revoke"/],
    [
      'id: a\nbreakers:\n  commands_a_minute: 3\n',
      /^policy\.yaml:3: breakers\.commands_a_minute: there is no such setting/,
    ],
    ['budget: { session_alert_rate: 0.9 }\n', /^policy\.yaml:1: budget\.session_alert_rate: .*0\.2/],
    ['- a\n', /^policy\.yaml:1: the whole file: .*expected object/],
    ['id: a\nid: b\n', /^policy\.yaml:2: not YAML/],
    ['id: [\n', /^policy\.yaml:\d: not YAML/],
    [
      'revocation:\n  expires_after_seconds: 5\n',
      /^policy\.yaml:2: revocation\.reply_within_seconds: expected at most/,
    ],
    [
      'webhooks:\n  - { name: soc, url: "http://soc.example" }\n',
      /^policy\.yaml:2: webhooks\.0\.url: expected https; http is for/,
    ],
    [
      'webhooks:\n  - { name: soc, url: "https://a.example" }\n  - { name: soc, url: "https://b.example" }\n',
      /^policy\.yaml:3: webhooks\.1\.name: "soc" is there already/,
    ],
    [
      'webhooks:\n  - { name: SOC Pager, url: "https://a.example" }\n',
      /^policy\.yaml:2: webhooks\.0\.name: .*small letters, digits and hyphens, 40 at most, such as soc-pager/,
    ],
    [
      `issuers:\n  - { name: soc, roles: [analyst], public_key: "${'%'.repeat(43)}" }\n`,
      /^policy\.yaml:2: issuers\.0\.public_key: expected the `x` of an Ed25519 JWK/,
    ],
  ]
  for (const [text, expected] of cases) {
    assert.throws(
      () => policyOfText(text, 'policy.yaml'),
      (error) => error instanceof BadPolicy && expected.test(error.message),
      text,
    )
  }
})

test('a file that is not there is named', async () => {
  await assert.rejects(readPolicy('/nowhere/policy.yaml'), /^BadPolicy: \/nowhere\/policy\.yaml: cannot be read/)
})

test('a difference is reported in plain words, and that the version must be raised', () => {
  const before = policyOfText('webhooks: [{ name: soc, url: "https://a.example" }]', 'a')
  const after = policyOfText(
    'tiers: { high: { critical: revoke, shadow: true } }\nbreakers: { commands_per_minute: 2 }\nwebhooks: [{ name: soc, url: "https://b.example" }]',
    'b',
  )
  assert.deepEqual(diffPolicy(before, before), [])
  assert.deepEqual(diffPolicy(before, after), [
    'A critical finding at an agent of tier high: revoke instead of alert (stricter).',
    'Tier high runs in shadow: its commands are recorded and not sent.',
    'Commands a minute: 2 instead of 5.',
    'Webhook soc changes: url https://b.example instead of https://a.example.',
    'The version must be raised above 1: commands name it, and one version must not mean two policies.',
  ])
  assert.deepEqual(diffPolicy(after, { ...before, version: 2 }).slice(0, 2), [
    'A critical finding at an agent of tier high: alert instead of revoke (milder).',
    'Tier high leaves shadow: its commands are sent.',
  ])
  assert.deepEqual(diffPolicy(before, { ...before, webhooks: [], version: 2 }), [
    'Webhook soc is gone.',
    'The version goes from 1 to 2.',
  ])
})
