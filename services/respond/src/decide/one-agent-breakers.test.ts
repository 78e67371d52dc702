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
  options: { everyMs: number; agents: number; given?: Partial<Finding> },
) {
  const world = await createRespondWorld({ policy: { tiers }, agents: options.agents })
  for (const [at, agent] of agents.entries()) {
    world.now = startMs + at * options.everyMs
    const own = { agent, target: `t${at}`, credential_id: `jti:${agent}-${at}`, log_time: world.now }
    await world.say(sampleFindingOf(at, { ...own, ...options.given }))
    await world.run()
  }
  return { world, hit: world.commands().map(({ command }) => command.subject.agent_id) }
}
const evil = (times: number) => Array.from({ length: times }, () => 'evil')

test('its credentials within a minute leave room for those of others', async () => {
  const { world, hit } = await stray([...evil(6), 'other'], { everyMs: 1, agents: 400 })
  assert.deepEqual(hit, ['evil', 'evil', 'evil', 'other'])
  const limit = world.alerts().find(({ agent, command }) => agent === 'evil' && command === undefined)
  assert.match(limit?.response_limited_by ?? '', /^breaker: 3 of the 5 commands a minute are the limit for one agent$/)
})

test('within an hour its own credentials take one place, that of the agent', async () => {
  const { hit } = await stray([...evil(12), 'other'], { everyMs: 30_000, agents: 40 })
  assert.deepEqual(hit, [...evil(12), 'other'])
})

test('it gives up no credential to keep the next one', async () => {
  const { hit } = await stray(evil(3), { everyMs: 61_000, agents: 9 })
  assert.deepEqual(hit, evil(3))
})
