import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { minuteMs } from '@straylight/schemas/duration'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'

// A proposed policy over a real store: findings that respond has decided and the store has copied.

const acts = { low: 'alert', medium: 'alert', high: 'revoke', critical: 'revoke' }

let up: ConsoleRun
let admin: Browser
const now = Date.now()

/** The record of a finding, `at` its place in the log. */
const found = (at: number, given: Partial<Finding> = {}) => {
  const time = now - 60 * minuteMs + at * 100
  const { agent = 'invoice-bot', tenant = 'acme' } = given
  const finding = Finding.parse({
    ...{ id: `fnd_0_${at}`, tenant, agent, tier: 'low', registered: true, session: 'run-81', event_id: `evt-0-${at}` },
    ...{ log: { topic: 'agent.events.v1', partition: 0, offset: at }, source: { partition: 0, offset: at, index: 0 } },
    ...{ time, log_time: time, system: 'mail', action: 'mail.send', credential_id: 'jti:9c1e' },
    ...{ credential_holder: { agent, tier: 'low', basis: 'registry' }, score: 21.5, risk: 6.2, p_value: 0.0001 },
    ...{ severity: 'high', cause: 'new_destination', target: 'mailto:evil.example', held_out: true },
    ...{ contributions: [], reasons: ['mailto:evil.example was never seen'], techniques: [] },
    evidence: { profile_events: 812, profile_days: 30, peer_group: 'x', peers: 7, knowledge_version: 1, model: 'm' },
    ...given,
  })
  return { topic: topics.findings.name, key: finding.id, value: JSON.stringify(finding) }
}

before(async () => {
  up = await openConsoleRun({
    policy: { tiers: { low: acts }, history_required: { events: 0, days: 0 } },
    issuers: [{ name: 'ana', roles: ['analyst'] }],
  })
  await up.run.log.append([
    found(1, { p_value: 0.000_005 }),
    found(2, { agent: 'mail-bot', p_value: 0.0009, severity: 'low', credential_id: 'jti:2' }),
    found(3, { agent: 'crm-bot', p_value: 0.004, severity: 'low' }),
    found(4, { tenant: 'globex', agent: 'secret-agent', p_value: 0.0009, severity: 'low' }),
  ])
  await up.run.drain()
  await up.addUser({ name: 'root', role: 'admin' })
  await up.addUser({ name: 'ana', role: 'analyst', tenant: 'acme' })
  await up.addUser({ name: 'vic', role: 'viewer' })
  admin = await up.browser('root')
})
after(() => up?.close())

const policyOf = (more: object = {}): string =>
  JSON.stringify({ tiers: { low: acts }, history_required: { events: 0, days: 0 }, ...more })

test('the policy in force changes nothing, also as its page gives it', async () => {
  const { text } = await admin.ask('policy')
  assert.doesNotMatch(text, /issuers|webhooks/)
  for (const policy of [text, policyOf()]) {
    const trial = await admin.say('tryPolicy', { policy })
    assert.deepEqual(
      [trial.faults, trial.says, trial.counts],
      [[], [], { appear: 0, vanish: 0, change: 0, stay: 3, commands: 0 }],
    )
    assert.equal(
      trial.sentence,
      'Of 3 findings of the last 2 weeks, nothing changes: all 3 alerts stay as they are, and so does every command.',
    )
  }
})

test('a larger budget, a milder answer: what appears, what vanishes, what is no longer sent, with their pages', async () => {
  const more = await admin.say('tryPolicy', { policy: policyOf({ budget: { session_alert_rate: 0.005 } }), weeks: 1 })
  assert.deepEqual(
    more.appear.items.map(({ agent, alert_id, event_id }) => [agent, alert_id, event_id]),
    [['crm-bot', null, 'evt-0-3']],
  )
  assert.match(more.sentence, /^Of 4 findings of the last week, 1 alert appears/)
  assert.deepEqual(more.says, ['Share of ordinary sessions that may alert: 0.005 instead of 0.001.'])
  assert.equal(more.not_tried.length, 1)
  const fewer = await admin.say('tryPolicy', { policy: policyOf({ budget: { session_alert_rate: 0.0005 } }) })
  assert.deepEqual(fewer.vanish.items.map(({ agent }) => agent).sort(), ['mail-bot', 'secret-agent'])
  const stored = await admin.ask('alerts', { state: 'all', limit: 200 })
  const ids = new Set(stored.items.map(({ id }) => id))
  for (const { alert_id } of fewer.vanish.items) assert.ok(ids.has(alert_id ?? ''), 'each leads to its page')
  const milder = await admin.say('tryPolicy', { policy: policyOf({ tiers: { low: { ...acts, high: 'alert' } } }) })
  assert.match(milder.sentence, /1 command would no longer be sent\.$/)
  assert.deepEqual(
    milder.commands.items.map(({ hits, before: was, after: is }) => [hits, was, is]),
    [['credential jti:9c1e', 'sent', null]],
  )
})

test('the faults of a policy are said by line, and none ever breaks the console', async () => {
  const wrong = await admin.say('tryPolicy', { policy: 'id: x\ntiers:\n  low:\n    hihg: alert\nbudget: {a: 1}\n' })
  assert.deepEqual(wrong.faults, [
    { line: 4, message: 'tiers.low.hihg: there is no such setting' },
    { line: 5, message: 'budget.a: there is no such setting' },
  ])
  assert.equal(wrong.sentence, 'The policy has 2 faults, so nothing was replayed.')
  const hostile = [
    '['.repeat(40_000),
    '{a: '.repeat(10_000),
    `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`).join('\n')}`,
    Array.from({ length: 4_000 }, (_none, at) => `k${at}: 1`).join('\n'),
    '__proto__: {tiers: {low: {high: revoke}}}\nconstructor: {prototype: 1}',
    'id: a\n---\nid: b',
    '\u0000'.repeat(1_000),
    'tiers: !!js/function "() => 1"',
    'null',
    '5',
  ]
  for (const policy of hostile) {
    const began = performance.now()
    const { faults, findings } = await admin.say('tryPolicy', { policy })
    const name = policy.slice(0, 20)
    if (policy === 'null' || policy.startsWith('tiers: !!js')) assert.ok(faults.length > 0 || findings > 0, name)
    else assert.ok(faults.length > 0 && faults.length <= 50 && findings === 0, name)
    assert.ok(performance.now() - began < 5_000, `${name} took long`)
  }
  assert.equal((await admin.say('tryPolicy', { policy: '' })).faults.length, 0, 'an empty one is the default')
  for (const characters of [40_001, 1_000_000]) {
    const body = JSON.stringify({ policy: '#'.repeat(characters) })
    const { status } = await admin.fetch('/api/policy/trials', { method: 'POST', body })
    assert.equal(status, 400, `${characters} characters`)
  }
  for (const weeks of [0, 9, 1.5, '2'])
    assert.equal(
      (await admin.fetch('/api/policy/trials', { method: 'POST', body: JSON.stringify({ policy: '', weeks }) })).status,
      400,
    )
})

test('a tenant is a wall, a viewer tries nothing, and a form of another site neither', async () => {
  const analyst = await up.browser('ana')
  const fewer = { policy: policyOf({ budget: { session_alert_rate: 0.0005 } }) }
  const own = await analyst.say('tryPolicy', fewer)
  assert.deepEqual(
    own.vanish.items.map(({ agent }) => agent),
    ['mail-bot'],
  )
  assert.doesNotMatch(JSON.stringify(own), /globex|secret-agent/)
  await assert.rejects(analyst.say('tryPolicy', { ...fewer, tenant: 'globex' }), /404/)
  const viewer = await up.browser('vic')
  await assert.rejects(viewer.say('tryPolicy', fewer), /403/)
  const body = JSON.stringify(fewer)
  const forged = await admin.fetch('/api/policy/trials', {
    method: 'POST',
    body,
    headers: { 'x-straylight-console': '' },
  })
  assert.equal(forged.status, 403)
  const stranger = await up.browser()
  assert.equal((await stranger.fetch('/api/policy/trials', { method: 'POST', body })).status, 401)
})

test('thousands of alerts: all are decided, the tables are bounded, one trial runs at a time, and nothing is applied', async () => {
  const before = await up.run.log.endOffset({ topic: topics.revocations.name, partition: 0 })
  const many = Array.from({ length: 6_000 }, (_none, at) =>
    found(at + 10, { agent: `bot-${at}`, p_value: 0.002, severity: 'low', credential_id: `jti:${at}` }),
  )
  await up.run.log.append(many)
  await up.run.drain()
  const larger = policyOf({ budget: { session_alert_rate: 0.003 } })
  const [one, other] = await Promise.allSettled([
    admin.say('tryPolicy', { policy: larger }),
    admin.say('tryPolicy', { policy: larger }),
  ])
  const tried = one.status === 'fulfilled' ? one : other
  assert.ok(tried.status === 'fulfilled')
  const refused = one.status === 'rejected' ? one : other
  assert.match(String(refused.status === 'rejected' ? refused.reason : ''), /503.*busy/)
  const { counts, appear, findings } = tried.value
  assert.deepEqual([findings, counts.appear, appear.items.length, appear.more], [6_003, 6_000, 200, true])
  assert.equal(await up.run.log.endOffset({ topic: topics.revocations.name, partition: 0 }), before)
})
