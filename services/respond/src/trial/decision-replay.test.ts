import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { Cause, type Finding, Severity } from '@straylight/schemas/finding'
import { Policy, Response } from '@straylight/schemas/policy'
import type { Verdict } from '@straylight/schemas/verdict'
import fc from 'fast-check'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { createRespondWorld } from '../../test-support/respond-world.ts'
import { compareDecisions } from './compare-decisions.ts'
import { createDecisionReplay } from './decision-replay.ts'

const revokes = { low: 'alert', medium: 'alert', high: 'revoke', critical: 'revoke' } as const
const asks = { ...revokes, high: 'approve', critical: 'approve' } as const

function decidedUnder(policy: Policy, findings: readonly Finding[], verdicts: readonly Verdict[] = []) {
  const replay = createDecisionReplay(policy)
  const left = [...verdicts]
  for (const finding of findings) {
    while ((left[0]?.time ?? Number.POSITIVE_INFINITY) <= finding.log_time)
      replay.said(left[0] as Verdict, left.shift()?.time ?? 0)
    replay.found({ finding, digest: `sha256:${'0'.repeat(64)}`, agents: 40 })
  }
  return replay.decided
}

const someFindings = fc.array(
  fc.record({
    agent: fc.constantFrom('invoice-bot', 'mail-bot', 'crm-bot'),
    cause: fc.constantFrom(...Cause.options),
    target: fc.constantFrom('a', 'b'),
    severity: fc.constantFrom(...Severity.options),
    p_value: fc.constantFrom(0, 0.0001, 0.001, 0.005, 1),
    tier: fc.constantFrom('low', 'medium', 'high', 'critical'),
    credential_id: fc.constantFrom('tok-1', 'tok-2', undefined),
    held_out: fc.boolean(),
    hours: fc.nat(60),
  }),
  { maxLength: 60 },
)
const findingsOf = (given: readonly Partial<Finding & { hours: number }>[]) => {
  let at = startMs
  return given.map(({ hours = 0, ...rest }, offset) => {
    at += hours * hourMs
    return sampleFindingOf(offset, { ...rest, log_time: at })
  })
}
const somePolicy = fc
  .record({
    answers: fc.array(fc.constantFrom(...Response.options), { minLength: 16, maxLength: 16 }),
    shadow: fc.boolean(),
    rate: fc.constantFrom(0.0005, 0.001, 0.01),
    minute: fc.integer({ min: 1, max: 5 }),
    quiet: fc.constantFrom(3_600, 86_400),
  })
  .map(({ answers, shadow, rate, minute, quiet }) => {
    const tier = (from: number) => Object.fromEntries(Severity.options.map((one, at) => [one, answers[from + at]]))
    return Policy.parse({
      budget: { session_alert_rate: rate },
      tiers: { low: { ...tier(0), shadow }, medium: tier(4), high: tier(8), critical: tier(12) },
      breakers: { commands_per_minute: minute },
      alerts: { quiet_close_seconds: quiet },
    })
  })

test('the same policy changes nothing, whatever was found', () => {
  fc.assert(
    fc.property(someFindings, somePolicy, (given, policy) => {
      const findings = findingsOf(given)
      const changes = compareDecisions(decidedUnder(policy, findings), decidedUnder(policy, findings))
      const { appear, vanish, change, commands } = changes
      assert.deepEqual([appear, vanish, change, commands], [[], [], [], []])
    }),
    { numRuns: 60 },
  )
})

test('what appears from one policy to another is what vanishes back', () => {
  fc.assert(
    fc.property(someFindings, somePolicy, somePolicy, (given, one, other) => {
      const findings = findingsOf(given)
      const [was, is] = [decidedUnder(one, findings), decidedUnder(other, findings)]
      const [there, back] = [compareDecisions(was, is), compareDecisions(is, was)]
      const ids = (alerts: readonly { id: string }[]) => alerts.map(({ id }) => id).sort()
      assert.deepEqual(ids(there.appear), ids(back.vanish))
      assert.deepEqual(ids(there.vanish), ids(back.appear))
      assert.equal(there.commands.length, back.commands.length)
      assert.equal(there.vanish.length + there.change.length + there.stay, was.alerts.size)
    }),
    { numRuns: 60 },
  )
})

test('it decides as respond does: the same alerts and the same commands', async () => {
  const policy = { tiers: { low: revokes, medium: asks, high: { ...revokes, shadow: true } } }
  const world = await createRespondWorld({ policy })
  const findings = [
    sampleFindingOf(1),
    sampleFindingOf(2, { agent: 'mail-bot', tier: 'medium', credential_id: 'jti:2' }),
    sampleFindingOf(3, { agent: 'crm-bot', tier: 'high', credential_id: 'jti:3', severity: 'critical' }),
    sampleFindingOf(4, { severity: 'low', cause: 'volume', target: 'crm/export' }),
    sampleFindingOf(5, { p_value: 0.5 }),
  ]
  for (const finding of findings) await world.say(finding)
  await world.run()
  const { alerts, commands } = decidedUnder(Policy.parse(policy), findings)
  const shown = world
    .alerts()
    .map(({ id, severity, response, finding_count }) => [id, severity, response, finding_count])
  assert.deepEqual(
    [...alerts.values()].map(({ id, severity, answer, findings: count }) => [id, severity, answer, count]).sort(),
    shown,
  )
  assert.deepEqual(
    commands.map(({ fate, hits }) => [fate, hits]),
    [
      ['sent', 'credential jti:9c1e'],
      ['asked', 'credential jti:2'],
      ['recorded', 'credential jti:3'],
    ],
  )
  assert.equal(world.commands().length, 1)
})

test('a smaller budget makes alerts vanish and their commands with them; a milder answer asks a person instead', () => {
  const findings = [
    sampleFindingOf(1),
    sampleFindingOf(2, { agent: 'mail-bot', p_value: 0.0009, credential_id: 'jti:2' }),
  ]
  const known = Policy.parse({ tiers: { low: revokes } })
  const rare = Policy.parse({ tiers: { low: revokes }, budget: { session_alert_rate: 0.0005 } })
  const fewer = compareDecisions(decidedUnder(known, findings), decidedUnder(rare, findings))
  assert.deepEqual([fewer.vanish.map(({ agent }) => agent), fewer.appear, fewer.stay], [['mail-bot'], [], 1])
  assert.deepEqual(
    fewer.commands.map(({ hits, before, after }) => [hits, before, after]),
    [['credential jti:2', 'sent', null]],
  )
  const milder = Policy.parse({ tiers: { low: asks } })
  const asked = compareDecisions(decidedUnder(known, findings), decidedUnder(milder, findings))
  assert.deepEqual(
    asked.commands.map(({ before, after }) => [before, after]),
    [
      ['sent', 'asked'],
      ['sent', 'asked'],
    ],
  )
  assert.deepEqual(
    asked.change.map(({ before, after }) => [before.answer, after.answer]),
    [
      ['revoke', 'approve'],
      ['revoke', 'approve'],
    ],
  )
})

test('a person who called it false counts in the replay, by whatever name the alert goes', () => {
  const findings = [sampleFindingOf(1), sampleFindingOf(2, { log_time: startMs + hourMs })]
  const policy = Policy.parse({ tiers: { low: revokes } })
  const [id = ''] = decidedUnder(policy, findings.slice(0, 1)).alerts.keys()
  const word: Verdict = {
    ...{ id: 'vdt_1', tenant: 'acme', alert_id: id, answer: 'false', issuer: 'soc', role: 'analyst', reason: 'known' },
    time: startMs + 1,
  }
  const { alerts } = decidedUnder(policy, findings, [word])
  assert.deepEqual(
    [...alerts.values()].map(({ findings: count }) => count),
    [2],
  )
  const replay = createDecisionReplay(policy)
  replay.found({ finding: { ...sampleFindingOf(1), id: 'fnd_earlier' }, digest: 'sha256:0', agents: 40 })
  const [other] = replay.decided.alerts.values()
  assert.notEqual(other?.id, id)
  replay.said(word, word.time, alerts.get(id))
  replay.found({
    finding: { ...sampleFindingOf(3), log_time: startMs + hourMs, severity: 'medium' },
    digest: 'sha256:0',
    agents: 40,
  })
  assert.equal(replay.decided.commands.length, 1)
})
