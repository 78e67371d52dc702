import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Policy } from '@straylight/schemas/policy'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { type DecisionLimits, decideResponse } from './decide-response.ts'

const policy = Policy.parse({
  tiers: { low: { high: 'revoke', critical: 'approve', low: 'observe' }, medium: { high: 'revoke', shadow: true } },
})
const free: DecisionLimits = { unwell: () => null, begunByPeers: () => null, breaker: () => null, answered: null }
const evidence = sampleFindingOf(1).evidence

test('the policy answers by tier and severity; the default alerts only', () => {
  const answer = (given: object) => decideResponse(sampleFindingOf(1, given), policy, free).response
  assert.equal(answer({}), 'revoke')
  assert.equal(answer({ severity: 'critical' }), 'approve')
  assert.equal(answer({ severity: 'low' }), 'observe')
  assert.equal(answer({ tier: 'critical' }), 'alert')
  for (const tier of ['low', 'medium', 'high', 'critical'] as const) {
    for (const severity of ['low', 'medium', 'high', 'critical'] as const) {
      const decision = decideResponse(sampleFindingOf(1, { tier, severity }), Policy.parse({}), free)
      assert.deepEqual(decision, { response: 'alert', tier, shadow: false })
    }
  }
})

test('each limit lowers the answer to an alert and says why', () => {
  const limit = (given: object, limits: Partial<DecisionLimits> = {}) => {
    const decision = decideResponse(sampleFindingOf(1, given), policy, { ...free, ...limits })
    assert.equal(decision.response, 'alert')
    return decision.limitedBy
  }
  const thin = 'thin history: 12 events over 30 days, the policy asks for 200 over 7'
  assert.equal(limit({ evidence: { ...evidence, profile_events: 12 } }), thin)
  assert.match(limit({ evidence: { ...evidence, profile_days: 6.94 } }) ?? '', /812 events over 6\.9 days/)
  const shared = sampleFindingOf(1, { cause: 'credential_shared', evidence: { ...evidence, profile_events: 0 } })
  assert.equal(decideResponse(shared, policy, free).response, 'approve')
  assert.equal(limit({ registered: false }), 'the agent is not in the registry')
  assert.equal(limit({}, { unwell: () => 'score is 9,000 behind' }), 'the detector is unwell: score is 9,000 behind')
  assert.equal(limit({}, { breaker: () => 'breaker: no' }), 'breaker: no')
  assert.equal(limit({ severity: 'critical' }, { answered: 'soc answered "false"' }), 'soc answered "false"')
  assert.equal(limit({ tier: 'medium' }), 'shadow: commands of tier medium are recorded, not sent')
})

test('a breaker is asked last, and not for a command that a person has yet to release', () => {
  let asked = 0
  const breaker = () => {
    asked++
    return null
  }
  decideResponse(sampleFindingOf(1, { severity: 'critical' }), policy, { ...free, breaker })
  decideResponse(sampleFindingOf(1, { registered: false }), policy, { ...free, breaker })
  decideResponse(sampleFindingOf(1, { tier: 'medium' }), policy, { ...free, breaker })
  assert.equal(asked, 0)
  decideResponse(sampleFindingOf(1), policy, { ...free, breaker })
  assert.equal(asked, 1)
})

test('what happened long before the log had it revokes nothing by itself: a person is asked', () => {
  const { time } = sampleFindingOf(1)
  const decide = (seconds: number) =>
    decideResponse(sampleFindingOf(1, { log_time: time + seconds * 1000, time }), policy, free)
  assert.equal(decide(86_400).response, 'revoke')
  assert.deepEqual(
    [decide(86_401).response, decide(50 * 86_400).limitedBy],
    [
      'approve',
      'A person must decide: it happened 1,200 hours before the log had it, and the policy acts by itself for 86,400 seconds',
    ],
  )
})
