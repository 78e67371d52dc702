import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '@straylight/schemas/finding'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { createRespondWorld } from '../../test-support/respond-world.ts'

// Promise 11: an agent that gets credential after credential of its own revoked takes no revocation of others away.

const tiers = { low: { high: 'revoke', critical: 'revoke' } }

/** Findings of these agents, each with a credential of its own that evidence gives to it, one every so many milliseconds. */
async function stray(
  agents: readonly string[],
  options: { everyMs: number; agents: number; given?: Partial<Finding>; policy?: object },
) {
  const world = await createRespondWorld({ policy: { tiers, ...options.policy }, agents: options.agents })
  for (const [at, agent] of agents.entries()) {
    world.now = startMs + at * options.everyMs
    const own = { agent, target: `t${at}`, credential_id: `jti:${agent}-${at}`, log_time: world.now }
    await world.say(sampleFindingOf(at, { ...own, ...options.given }))
    await world.run()
    // What is fair stands in the log.
    world.restart()
  }
  return { world, hit: world.commands().map(({ command }) => command.subject.agent_id) }
}
const evil = (times: number) => Array.from({ length: times }, () => 'evil')

test('its credentials within a minute leave room for those of others', async () => {
  const { world, hit } = await stray([...evil(6), 'other'], { everyMs: 1, agents: 400 })
  assert.deepEqual(hit, ['evil', 'evil', 'evil', 'other'])
  const limit = world.alerts().find(({ agent, command }) => agent === 'evil' && command === undefined)
  assert.match(limit?.response_limited_by ?? '', /^the circuit breaker allows one agent 3 of the 5 commands a minute$/)
})

test('within an hour its own credentials take one place, that of the agent', async () => {
  const { hit } = await stray([...evil(12), 'other'], { everyMs: 30_000, agents: 40 })
  assert.deepEqual(hit, [...evil(12), 'other'])
})

test('it gives up no credential to keep the next one', async () => {
  const { hit } = await stray(evil(3), { everyMs: 61_000, agents: 9 })
  assert.deepEqual(hit, evil(3))
})

test('what it makes up takes half of the credentials that an hour allows, where the broker alone knows whose they are', async () => {
  const options = {
    agents: 40,
    given: { credential_holder: undefined },
    policy: { tiers, revocation: { broker_checks_holder: true } },
  }
  const { world, hit } = await stray([...evil(6), 'other', 'another'], { everyMs: 61_000, ...options })
  assert.deepEqual(hit, ['evil', 'evil', 'other', 'another'], 'four of forty an hour, two of one')
  const limit = world
    .alerts()
    .filter(({ response_limited_by: by }) => by?.includes('that no evidence gives to anybody'))
  assert.equal(limit.length, 4)
  assert.match(
    limit[0]?.response_limited_by ?? '',
    /^the circuit breaker allows one agent 2 credentials an hour that no evidence/,
  )
})

test('what a person approves is not held up by what its agent has made up', async () => {
  const world = await createRespondWorld({ policy: { tiers: { low: { high: 'approve' } } }, agents: 40 })
  for (let at = 0; at < 3; at++) {
    await world.say(sampleFindingOf(at, { target: `t${at}`, credential_id: `jti:${at}`, credential_holder: undefined }))
  }
  await world.run()
  for (const { id } of world.alerts()) await world.judge({ alert_id: id, answer: 'approve' })
  await world.run()
  assert.equal(world.commands().length, 3)
})

test('where there is one place a minute, an agent that it stopped goes before the next of one that had it', async () => {
  const one = { breakers: { commands_per_minute: 1 } }
  const turns = (agents: readonly string[], everyMs: number) => stray(agents, { everyMs, agents: 400, policy: one })
  // Each time that the minute is free, evil is there first.
  const { hit, world } = await turns(['evil', 'other', 'evil', 'other', 'evil'], 31_000)
  assert.deepEqual(hit, ['evil', 'other'])
  const limit = world.alerts().find(({ agent, target }) => agent === 'evil' && target === 't2')
  assert.match(limit?.response_limited_by ?? '', /and agents that it has stopped go first$/)
  // Nobody waits for ever for somebody who never comes back, and two that are even hold each other up never.
  assert.deepEqual((await turns(['evil', 'other', ...evil(14)], 31_000)).hit.slice(0, 3), ['evil', 'evil', 'evil'])
  const even = await turns(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'], 31_000)
  assert.ok(
    even.hit.filter((agent) => agent === 'a').length >= 2 && even.hit.filter((agent) => agent === 'b').length >= 2,
    even.hit.join(),
  )
})
