import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Finding } from '@straylight/schemas/finding'
import fc from 'fast-check'
import { contextOf, reported, type Use } from '../../test-support/credential-uses.ts'

const amy: Use = { agent: 'hd-amy', at: 2 }
const analyst: Use = { agent: 'data-analyst', at: 12 }
const tiers = { 'hd-amy': { tier: 'critical' }, 'data-analyst': { tier: 'low' } } as const
const nobodyKnows = contextOf(tiers)
const registered = contextOf({ ...tiers, 'hd-amy': { tier: 'critical', ids: ['jti:9c1e'] } })
/** Who is accused, and who is cleared. */
const isAccused = ({ agent, credential_holder, credential_users }: Finding) =>
  agent !== (credential_holder?.agent ?? credential_users?.[0]?.agent)
const who = (findings: readonly Finding[]) =>
  findings.map((finding) => `${finding.agent} ${isAccused(finding) ? finding.severity : `cleared ${finding.severity}`}`)

test('golden: what is said of a credential at two agents', () => {
  const start =
    'Credential jti:9c1e was used by two agents: hd-amy since 10:02, data-analyst since 10:12 (UTC, as their logs say).'
  const unknown = 'It is not known whose it is, neither from the registry nor from a token: a person must look.'
  const sentence = (uses: Use[], context = nobodyKnows) => reported(uses, context).at(-1)?.reasons
  assert.deepEqual(sentence([amy, analyst]), [`${start} ${unknown}`])
  assert.deepEqual(sentence([amy, analyst], registered), [`${start} The registry gives it to hd-amy.`])
  assert.deepEqual(sentence([{ ...amy, proven: true }, analyst]), [`${start} The token of hd-amy is bound to it.`])
  assert.deepEqual(sentence([amy, { ...analyst, proven: true }], registered), [
    `${start} The registry gives it to hd-amy, though a token of data-analyst is bound to it.`,
  ])
  const both = 'since the tokens of hd-amy and data-analyst are all bound to it: a person must look.'
  const proven = [amy, analyst].map((use) => ({ ...use, proven: true }))
  assert.deepEqual(sentence(proven), [`${start} It is not known whose it is, ${both}`])
  assert.deepEqual(sentence([analyst], registered), [
    'Credential jti:9c1e was used by data-analyst since 10:12 (UTC, as its log says). The registry gives it to hd-amy, which has not been seen with it.',
  ])
  assert.deepEqual(sentence([analyst, amy]), [
    `${start} The use by data-analyst arrived before the one by hd-amy, which its log dates earlier. ${unknown}`,
  ])
  assert.match(
    sentence([amy, { ...analyst, at: 2.5 }])?.[0] ?? '',
    /hd-amy since 10:02:00, data-analyst since 10:02:30/,
  )
  assert.match(
    sentence([amy, { ...analyst, at: 1_442 }])?.[0] ?? '',
    /hd-amy since \S+ 10:02, data-analyst since \S+ 10:02/,
  )
})

test('promise 11: whichever comes first in the log: who had it later by event time is accused, and both are named with tiers and times', () => {
  for (const uses of [
    [amy, analyst],
    [analyst, amy],
  ]) {
    const [finding, ...more] = reported(uses, nobodyKnows)
    assert.deepEqual(more, [])
    assert.deepEqual(Finding.parse(finding), finding)
    const { agent, tier, cause, target, credential_id, severity, event_id, owner } = finding as Finding
    assert.deepEqual([agent, tier, cause], ['data-analyst', 'low', 'credential_shared'])
    assert.deepEqual(
      [target, credential_id, severity, event_id],
      ['jti:9c1e', 'jti:9c1e', 'critical', 'data-analyst-12'],
    )
    assert.equal(owner, 'finance@acme.example')
    assert.equal(finding?.credential_holder, undefined)
    const [first, second] = finding?.credential_users ?? []
    assert.deepEqual(
      [first?.agent, first?.tier, second?.agent, second?.tier],
      ['hd-amy', 'critical', 'data-analyst', 'low'],
    )
    assert.equal((second?.first_used_at ?? 0) - (first?.first_used_at ?? 0), 600_000)
    const { contributions, score, log, evidence } = finding as Finding
    assert.equal(
      contributions.reduce((sum, { contribution }) => sum + contribution, 0),
      score,
    )
    assert.deepEqual([log.partition, log.offset, evidence.knowledge_version], [1, 1, 3])
  }
})

test('whom the registry or a token gives it to is not accused, though another claimed it first', () => {
  const claimed: Use = { agent: 'data-analyst', at: 1 }
  for (const uses of [
    [amy, claimed],
    [claimed, amy],
  ]) {
    const byRegistry = reported(uses, registered)
    assert.ok(byRegistry.length > 0 && byRegistry.every(({ agent }) => agent === 'data-analyst'))
    assert.deepEqual(byRegistry.at(-1)?.credential_holder, { agent: 'hd-amy', tier: 'critical', basis: 'registry' })
    const last = reported(
      uses.map((use) => ({ ...use, proven: use === amy })),
      nobodyKnows,
    ).at(-1)
    assert.deepEqual([last?.agent, last?.credential_holder?.basis], ['data-analyst', 'token'])
  }
})

test('naming a credential that the registry gives to another is a finding at once', () => {
  const [finding, ...more] = reported([analyst], registered)
  assert.deepEqual(more, [])
  assert.deepEqual([finding?.agent, finding?.severity], ['data-analyst', 'critical'])
  assert.deepEqual(finding?.credential_holder, { agent: 'hd-amy', tier: 'critical', basis: 'registry' })
  assert.deepEqual(reported([amy], registered), [])
  const byPrefix = contextOf({ ...tiers, 'hd-amy': { prefixes: ['jti:9'] } })
  assert.deepEqual(who(reported([analyst], byPrefix)), ['data-analyst critical'])
})

test('an earlier use that arrives late corrects the sentence, accuses the other and clears the first in its own alert', () => {
  const findings = reported([amy, analyst, { ...analyst, at: 1 }], nobodyKnows)
  assert.deepEqual(who(findings), ['data-analyst critical', 'data-analyst cleared critical', 'hd-amy critical'])
  const [wrong, cleared, accused] = findings as [Finding, Finding, Finding]
  assert.deepEqual([cleared.cause, cleared.target], [wrong.cause, wrong.target])
  assert.ok(cleared.score > wrong.score, 'the alert tells the corrected sentence')
  assert.match(cleared.reasons[0] ?? '', /^More is known now: .*data-analyst since 10:01, hd-amy since 10:02/)
  assert.match(accused.reasons[0] ?? '', /^Credential .*data-analyst since 10:01, hd-amy since 10:02/)
  assert.equal(new Set(findings.map(({ id }) => id)).size, 3)
  const places = findings.map(({ log }) => `${log.topic} ${log.offset}`)
  assert.equal(new Set(places).size, 3, 'a reader takes one finding a place')
})

test('a token that proves it clears the holder without a finding that could cost it the credential', () => {
  const claimed: Use = { agent: 'data-analyst', at: 1 }
  const findings = reported([claimed, amy, { ...amy, at: 3, proven: true }], nobodyKnows)
  assert.deepEqual(who(findings), ['hd-amy critical', 'data-analyst critical', 'hd-amy cleared low'])
  assert.deepEqual(
    findings.map(({ p_value }) => p_value === 1),
    [false, false, true],
  )
})

test('when the holder turns up after the claim, the claim is reported again with its times', () => {
  const findings = reported([analyst, amy], registered)
  assert.deepEqual(who(findings), ['data-analyst critical', 'data-analyst critical'])
  assert.equal(findings[1]?.credential_users?.length, 2)
})

test('further agents are reported once each', () => {
  const third: Use = { agent: 'third', at: 20 }
  assert.deepEqual(who(reported([amy, analyst, third, third, analyst, amy], nobodyKnows)), [
    'data-analyst critical',
    'third critical',
  ])
})

const uses = fc.array(fc.record({ agent: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.nat(30), proven: fc.boolean() }), {
  minLength: 2,
  maxLength: 12,
})

/** The last word on each agent: whether it is accused. */
function lastHeartbeats(findings: readonly Finding[]): Map<string, boolean> {
  const words = new Map<string, boolean>()
  for (const finding of findings) words.set(finding.agent, isAccused(finding))
  for (const [agent, accused] of words) if (!accused) words.delete(agent)
  return words
}

test('promise 11: who is accused in the end depends on times and evidence, not on the order of arrival', () => {
  let accusing = 0
  const contexts = [contextOf({}), contextOf({ b: { ids: ['jti:9c1e'] } }), contextOf({ z: { prefixes: ['jti:'] } })]
  fc.assert(
    fc.property(uses, fc.constantFrom(...contexts), fc.infiniteStream(fc.nat()), (made, context, order) => {
      const shuffled = made
        .map((use) => ({ use, rank: order.next().value as number }))
        .sort((one, other) => one.rank - other.rank)
        .map(({ use }) => use)
      const words = lastHeartbeats(reported(made, context))
      accusing += words.size
      assert.deepEqual([...lastHeartbeats(reported(shuffled, context))].sort(), [...words].sort())
    }),
  )
  assert.ok(accusing > 50)
})

test('a name that shows nothing of itself is shown in the sentence', () => {
  const [finding] = reported([amy, { ...analyst, agent: 'data\u202e-bot' }], nobodyKnows)
  assert.equal(finding?.agent, 'data\u202e-bot')
  assert.match(finding?.reasons[0] ?? '', /data\\u\{202E\}-bot since/)
})
