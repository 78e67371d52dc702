import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'

// Promise 14: an approval that a breaker stops holds, keeps its place in the line, and is carried out when the breaker opens.

const tiers = { low: { high: 'revoke' }, high: { high: 'approve' } }
const minute = 60_000

const stateOf = (world: RespondWorld, agent: string) =>
  world.alerts().find((alert) => alert.agent === agent)?.command_state
const sentTo = (world: RespondWorld) => world.commands().map(({ command }) => command.subject.agent_id)

let offset = 0
async function stray(world: RespondWorld, agent: string, tier: 'low' | 'high' = 'high'): Promise<void> {
  offset += 1
  await world.say(sampleFindingOf(offset, { agent, tier, credential_id: `jti:${agent}`, log_time: world.now }))
  await world.run()
}

async function approve(world: RespondWorld, agent: string): Promise<void> {
  const alert = world.alerts().find((one) => one.agent === agent) ?? assert.fail(`no alert of ${agent}`)
  await world.judge({ alert_id: alert.id, answer: 'approve' })
  await world.run()
}

/** Nine agents: one an hour. At 10:00 one was revoked, at 10:05 a person approves another. */
async function shut(): Promise<RespondWorld> {
  const world = await createRespondWorld({ policy: { tiers }, agents: 9 })
  await stray(world, 'bot-1', 'low')
  await stray(world, 'bot-2')
  world.now += 5 * minute
  await approve(world, 'bot-2')
  return world
}

test('approved at 10:05 while the breaker is shut until 11:00: sent at 11:00 by itself, and everybody was informed', async () => {
  const world = await shut()
  const alert = world.alerts().find(({ agent }) => agent === 'bot-2') ?? assert.fail()
  const { accepted, code, message } = world.outcomes().at(-1) ?? assert.fail()
  assert.deepEqual([accepted, code, alert.command_state], [true, 'waiting', 'approved'])
  const words =
    'soc approved it, and it is sent by itself when there is a free place, at 2026-11-22T11:00:00.000Z at the earliest: the circuit breaker allows 1 of 9 agents to be revoked within an hour.'
  assert.equal(message, words)
  assert.equal(alert.response_limited_by, words)
  assert.match(alert.summary, /is approved and waits for a free place: soc approved it/)
  // Ten of its fifteen minutes were left, and count from the opening on.
  assert.equal(new Date(alert.approval_deadline ?? 0).toISOString(), '2026-11-22T11:10:00.000Z')
  for (world.now += 20 * minute; world.now < Date.parse('2026-11-22T11:00:00Z'); world.now += 7 * minute)
    await world.run()
  world.now = Date.parse('2026-11-22T10:59:59.999Z')
  await world.run()
  assert.deepEqual(sentTo(world), ['bot-1'])
  world.restart()
  world.now += 1
  await world.run()
  const [, sent] = world.commands()
  assert.deepEqual([sent?.command.subject.agent_id, sent?.command.issued_at], ['bot-2', '2026-11-22T11:00:00.000Z'])
  assert.deepEqual(sent?.command.approval, { required: true, by: 'soc' })
  assert.equal(world.alerts().find(({ agent }) => agent === 'bot-2')?.response_limited_by, undefined)
})

test('newer findings do not take its place, and of several approvals the oldest goes first', async () => {
  const world = await shut()
  for (const agent of ['bot-3', 'bot-4']) {
    await stray(world, agent)
    world.now += 1_000
    await approve(world, agent)
  }
  world.now = Date.parse('2026-11-22T11:00:00Z')
  // In the same turn in which the breaker opens, and before what is due by time is looked at.
  await stray(world, 'bot-5', 'low')
  assert.deepEqual(sentTo(world), ['bot-1', 'bot-2'])
  assert.equal(stateOf(world, 'bot-5'), 'none')
  world.now += 60 * minute
  await world.run()
  world.restart()
  world.now += 60 * minute
  await world.run()
  assert.deepEqual(sentTo(world), ['bot-1', 'bot-2', 'bot-3', 'bot-4'])
  const times = world.commands().map(({ command }) => command.issued_at.slice(11, 16))
  assert.deepEqual(times, ['10:00', '11:00', '12:00', '13:00'])
})

test('who comes back long after the breaker opened does not send: the deadline counted from there', async () => {
  const world = await shut()
  world.now = Date.parse('2026-11-22T11:10:00.001Z')
  world.restart()
  await world.run()
  assert.deepEqual([stateOf(world, 'bot-2'), sentTo(world)], ['expired', ['bot-1']])
  const alert = world.alerts().find(({ agent }) => agent === 'bot-2')
  assert.match(
    alert?.response_limited_by ?? '',
    /there was a free place for it, and respond did not run to send it by 2026-11-22T11:10/,
  )
})

test('while it waits it can be called off, is not approved twice, and neither quiet nor evidence ends it', async () => {
  const world = await shut()
  await approve(world, 'bot-2')
  assert.match(world.outcomes().at(-1)?.message ?? '', /soc approved it before: it is sent when there is a free place/)
  await stray(world, 'bot-2')
  assert.equal(stateOf(world, 'bot-2'), 'approved')
  const alert = world.alerts().find(({ agent }) => agent === 'bot-2') ?? assert.fail()
  await world.judge({ alert_id: alert.id, answer: 'true' })
  await world.run()
  assert.equal(stateOf(world, 'bot-2'), 'approved')
  await world.judge({ alert_id: alert.id, answer: 'reject' })
  await world.run()
  world.now += 3 * 60 * minute
  await world.run()
  assert.deepEqual([stateOf(world, 'bot-2'), sentTo(world)], ['none', ['bot-1']])
})

test('a full minute holds an approval for the rest of it', async () => {
  const policy = { tiers, breakers: { commands_per_minute: 1, agents_revoked_share_per_hour: 1 } }
  const world = await createRespondWorld({ policy })
  await stray(world, 'bot-1', 'low')
  await stray(world, 'bot-2')
  world.now += 10_000
  await approve(world, 'bot-2')
  world.now += 49_999
  await world.run()
  assert.equal(stateOf(world, 'bot-2'), 'approved')
  world.now += 1
  await stray(world, 'bot-3', 'low')
  assert.deepEqual(sentTo(world), ['bot-1', 'bot-2'])
})
