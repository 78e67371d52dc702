import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'

// Promise 12: what is decided while its partition is behind is decided again once that is over, as long as a command would be good.

const tiers = {
  low: { high: 'revoke', critical: 'revoke' },
  high: { high: 'approve' },
  medium: { high: 'revoke', shadow: true },
}
const behind = 'score is 9,000 records behind in partition 0'

/** Two agents, each with a partition of its own; `ill`: the partitions that are behind. */
async function worldOf(given: { policy?: object; agents?: number } = {}) {
  const ill = new Set([0, 1])
  const health = ({ log }: Pick<Finding, 'log'>) => (ill.has(log.partition) ? behind : null)
  const world = await createRespondWorld({ ...given, policy: { tiers, ...given.policy }, options: { health } })
  return { world, ill }
}

let offset = 0
function found(agent: string, given: Partial<Finding> = {}): Finding {
  offset += 1
  const log = { topic: 'agent.events.v1', partition: agent === 'bot-0' ? 0 : 1, offset }
  return sampleFindingOf(offset, { agent, credential_id: `jti:${agent}`, target: 'x', log, ...given })
}
const alertOf = (world: RespondWorld, agent: string) =>
  world.alerts().find((alert) => alert.agent === agent) ?? assert.fail(`${agent}: no alert`)
const hit = (world: RespondWorld) => world.commands().map(({ command }) => command.subject.credential_id)
const seconds = 1_000

test('each is revoked when its own partition is well, also after a restart, once', async () => {
  const { world, ill } = await worldOf()
  await world.say(found('bot-0'))
  await world.say(found('bot-1'))
  await world.run()
  assert.deepEqual(hit(world), [])
  const reported = alertOf(world, 'bot-0')
  assert.equal(reported.limited_by_code, 'unwell')
  assert.equal(reported.response_limited_by, `the detector is unwell: ${behind}`)
  assert.match(
    reported.summary,
    /Not revoked yet: the detector is unwell: .*decided again .* until 2026-11-22T10:05:00\.000Z/,
  )

  world.restart()
  world.now += 30 * seconds
  const { length } = world.log.records(topics.alerts.name)
  await world.run()
  assert.equal(world.log.records(topics.alerts.name).length, length, 'nothing is written while it waits')
  ill.delete(1)
  await world.run()
  assert.deepEqual(hit(world), ['jti:bot-1'])
  ill.delete(0)
  await world.run()
  world.restart()
  await world.run()
  assert.deepEqual(hit(world), ['jti:bot-1', 'jti:bot-0'])
  const alert = alertOf(world, 'bot-0')
  assert.deepEqual([alert.response, alert.command_state], ['revoke', 'sent'])
  assert.deepEqual(
    [alert.postponed, alert.limited_by_code, alert.response_limited_by],
    [undefined, undefined, undefined],
  )
  const [command] = world.commands().map(({ command }) => command)
  assert.equal(command?.issued_at, '2026-11-22T10:00:30.000Z', 'the breakers count it when it goes out')
  assert.equal(command.not_after, '2026-11-22T10:05:00.000Z', 'it is good no longer than if it had gone at once')
})

test('wherever it dies, each command goes out once and the alert says so', async () => {
  for (const death of [
    { at: 'before' },
    { at: 'after' },
    { at: 'within', commands: 1, alerts: 0 },
    { at: 'within', commands: 0, alerts: 1 },
  ] as const) {
    const { world, ill } = await worldOf()
    await world.say(found('bot-0'))
    await world.say(found('bot-1'))
    await world.run()
    ill.clear()
    world.now += 10 * seconds
    let deaths = 1
    await world.run({ crash: () => (deaths-- > 0 ? death : null) })
    // The partition is behind again: what was sent is a fact.
    ill.add(0).add(1)
    world.restart()
    await world.run()
    assert.deepEqual(hit(world).toSorted(), ['jti:bot-0', 'jti:bot-1'], JSON.stringify(death))
    for (const { command_state, postponed } of world.alerts())
      assert.deepEqual([command_state, postponed], ['sent', undefined])
  }
})

test('past the expiry of a command nothing goes out, and the alert says that and why', async () => {
  const { world, ill } = await worldOf()
  await world.say(found('bot-0'))
  await world.run()
  world.now = startMs + 300 * seconds
  ill.clear()
  await world.run()
  const alert = alertOf(world, 'bot-0')
  assert.deepEqual([hit(world), alert.state, alert.response, alert.postponed], [[], 'open', 'alert', undefined])
  assert.equal(alert.limited_by_code, 'unwell')
  const why = `credential jti:bot-0 was not revoked: the detector is unwell: ${behind}. That lasted until 2026-11-22T10:05:00.000Z, when a command would have expired`
  assert.equal(alert.response_limited_by, why)
  assert.match(alert.summary, /Nothing was revoked: credential jti:bot-0 was not revoked: the detector is unwell/)
  const { length } = world.log.records(topics.alerts.name)
  await world.run()
  assert.equal(world.log.records(topics.alerts.name).length, length, 'reported once')
})

test('a finding that came too late while it was behind is not decided again', async () => {
  const { world, ill } = await worldOf()
  world.now += 301 * seconds
  await world.say(found('bot-0'))
  await world.run()
  assert.equal(alertOf(world, 'bot-0').postponed, undefined)
  ill.clear()
  await world.run()
  assert.deepEqual(hit(world), [])
})

test('the whole decision is taken again: a person is asked, shadow stays shadow, a breaker holds', async () => {
  const { world, ill } = await worldOf({ policy: { breakers: { commands_per_minute: 1 } } })
  await world.say(found('bot-0', { tier: 'high', target: 'asks' }))
  await world.say(found('bot-0', { tier: 'medium', target: 'shadow', credential_id: 'jti:shadow' }))
  await world.say(found('bot-1', { target: 'one' }))
  await world.say(found('bot-2', { target: 'two' }))
  await world.run()
  ill.clear()
  world.now += 10 * seconds
  await world.run()
  const of = (target: string) => world.alerts().find((alert) => alert.target === target) ?? assert.fail(target)
  assert.deepEqual([of('asks').state, of('asks').approval_deadline], ['awaiting_approval', world.now + 900 * seconds])
  assert.equal(of('shadow').command_state, 'shadow')
  assert.deepEqual([of('one').command_state, of('two').command_state], ['sent', 'none'])
  assert.equal(of('two').limited_by_code, 'breaker')
  assert.match(of('two').summary, /Not revoked yet: the circuit breaker allows 1 command a minute; .* decided again/)
  world.restart()
  world.now += 60 * seconds
  await world.run()
  assert.deepEqual(hit(world), ['jti:bot-1', 'jti:bot-2'])
})

test("a person's word since then counts: false ends it, true leaves it, and quiet does not close it", async () => {
  const alerts = { quiet_close_seconds: 60 }
  for (const [answer, commands] of [
    ['false', 0],
    ['true', 1],
  ] as const) {
    const { world, ill } = await worldOf({ policy: { alerts } })
    await world.say(found('bot-0'))
    await world.run()
    await world.judge({ alert_id: alertOf(world, 'bot-0').id, answer })
    world.now += 100 * seconds
    await world.run()
    ill.clear()
    await world.run()
    assert.equal(hit(world).length, commands, answer)
  }
})

test('in a flood the bound holds, a new credential drives out no graver one, and the same one counts once', async () => {
  const { world, ill } = await worldOf()
  await world.say(found('bot-0', { severity: 'critical', credential_id: 'jti:stolen' }))
  for (let n = 0; n < 30; n++) {
    await world.say(found('bot-0', { credential_id: `jti:noise-${n}` }))
    await world.say(found('bot-0', { credential_id: 'jti:stolen' }))
  }
  await world.run()
  const { postponed = [] } = alertOf(world, 'bot-0')
  assert.equal(postponed.length, 4)
  ill.clear()
  await world.run()
  assert.ok(hit(world).includes('jti:stolen'))
  assert.equal(new Set(hit(world)).size, hit(world).length, 'each credential once')
})

test('new evidence that is answered meanwhile leaves nothing to decide twice', async () => {
  const { world, ill } = await worldOf()
  await world.say(found('bot-0'))
  await world.run()
  ill.clear()
  await world.say(found('bot-0', { log_time: world.now }))
  await world.run()
  assert.deepEqual(hit(world), ['jti:bot-0'])
  assert.equal(alertOf(world, 'bot-0').postponed, undefined)
})
