import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import { policySentences } from './policy-in-words.ts'

const said = (policy: object) => policySentences(Policy.parse(policy)).join('\n')

test('severities with one answer are said together, and every finding where all have it', () => {
  const text = said({
    tiers: {
      low: { low: 'revoke', medium: 'revoke', high: 'revoke', critical: 'revoke' },
      high: { low: 'observe', medium: 'alert', high: 'approve', critical: 'approve', shadow: true },
    },
  })
  assert.match(text, /^For agents of tier low, the credential is revoked at once on every finding\.$/m)
  assert.match(
    text,
    /^For agents of tier high, nothing but a record is made on findings of severity low; people are alerted on findings of severity medium; people are alerted and asked to approve a revocation on findings of severity high and critical\. In shadow: commands are recorded, not sent\.$/m,
  )
})

test('what the breakers do is said in sentences, and no word of theirs stands alone', () => {
  const text = said({
    breakers: { commands_per_minute: 20, agents_revoked_share_per_hour: 0.5, agents_revoked_minimum: 10 },
  })
  assert.match(
    text,
    /For one tenant at most 20 commands a minute are sent, and at most 50 % of its agents lose a credential within an hour \(one agent, in a tenant of fewer than 10\)\./,
  )
  assert.match(text, /What a person has approved waits and is sent by itself when there is a free place\./)
  assert.doesNotMatch(text, /\b(breaker|breakers) (is|are) (open|closed|shut)\b/)
  assert.match(text, /not in the registry has no tier: it is judged as medium, and nothing is revoked of it/)
})

test('limits of growth, passkeys and what is too old to revoke are said, where the policy sets them', () => {
  assert.doesNotMatch(said({}), /seven days than in a week before/)
  const text = said({
    growth_limits: { sent_bytes_per_week: 5_000_000_000, calls_per_week: 1 },
    approval: { passkey: 'required' },
    revocation: { event_age_seconds_max: 7_200, broker_checks_holder: true },
  })
  assert.match(text, /more within seven days than in a week before: 5\.0 GB sent, or 1 call\./)
  assert.match(text, /^Nobody approves without a passkey\.$/m)
  assert.match(text, /^What happened more than 2 h before the log had it revokes nothing by itself/m)
  assert.match(text, /the broker checks the holder\.$/m)
})
