import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topics } from '@straylight/schemas/topics'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'

// Promise 14: a wrong revocation can be undone: by an approver, once, and the alert tells it.

const policy = { tiers: { low: { high: 'revoke', critical: 'revoke' }, high: { high: 'approve' } } }
const minute = 60_000

async function revoked(): Promise<RespondWorld> {
  const world = await createRespondWorld({ policy })
  await world.say(sampleFindingOf(1))
  await world.run()
  await world.answer(world.commands()[0]!.command, 'applied')
  await world.run()
  return world
}

const only = (world: RespondWorld) => world.alerts()[0] ?? assert.fail('no alert')
const codes = (world: RespondWorld) => world.outcomes().map(({ code }) => code)

async function restore(world: RespondWorld, of: object = {}): Promise<void> {
  world.now += minute
  await world.judge({ alert_id: only(world).id, answer: 'restore', reason: 'it was the month end', ...of })
  await world.run()
}

test('restore sends the signed command that takes the other one back; the alert tells it, and asks nobody again', async () => {
  const world = await revoked()
  await restore(world)
  const [first, undo] = world.commands().map(({ command }) => command)
  assert.ok(first && undo)
  assert.deepEqual(
    [undo.action, undo.undo.of, undo.type],
    ['restore', first.id, 'straylight.agent.credential.restore.v1'],
  )
  assert.deepEqual(undo.approval, { required: true, by: 'soc' })
  assert.equal(undo.reason.admin, 'it was the month end')
  assert.deepEqual(
    only(world).restores?.map(({ state }) => state),
    ['sent'],
  )
  assert.equal(only(world).command_state, 'applied', 'until the broker has done it')
  await world.answer(undo, 'applied')
  await world.run()
  assert.deepEqual([only(world).command_state, only(world).restores?.[0]?.state], ['restored', 'applied'])
  assert.match(only(world).summary, /Restored by soc: the revocation of credential jti:9c1e/)
  // A late repeat of the first answer does not revoke it in words again.
  await world.answer(first, 'already_applied')
  // More of the same is alerted; worse is worse.
  await world.say(sampleFindingOf(2, { credential_id: 'jti:next', log_time: world.now }))
  await world.run()
  assert.deepEqual([only(world).command_state, world.commands().length], ['restored', 2])
  assert.match(only(world).response_limited_by ?? '', /soc took a revocation of this alert back/)
  await world.say(sampleFindingOf(3, { credential_id: 'jti:next', severity: 'critical', log_time: world.now }))
  await world.run()
  assert.equal(world.commands().length, 3)
})

test('twice is once: while it is under way and when it is done; what the broker refused may be tried again', async () => {
  const world = await revoked()
  await restore(world)
  await restore(world)
  assert.deepEqual(codes(world), ['accepted', 'restored_before'])
  await world.answer(world.commands()[1]!.command, 'unknown_subject')
  await world.run()
  assert.equal(only(world).restores?.[0]?.result, 'unknown_subject: not done')
  await restore(world)
  await world.answer(world.commands()[2]!.command, 'applied')
  await world.run()
  await restore(world)
  assert.deepEqual(codes(world).slice(2), ['accepted', 'restored_before'])
  assert.deepEqual([only(world).command_state, world.commands().length], ['restored', 3])
})

test('what was never sent, was refused, is a restore itself or belongs to another alert is not taken back', async () => {
  const world = await revoked()
  await restore(world)
  const [first, undo] = world.commands().map(({ command }) => command)
  await restore(world, { command_id: 'cmd_never' })
  await restore(world, { command_id: undo?.id })
  await world.say(sampleFindingOf(2, { target: 'other', tier: 'high', log_time: world.now }))
  await world.run()
  const other = world.alerts().find(({ target }) => target === 'other') ?? assert.fail()
  await world.judge({ alert_id: other.id, answer: 'restore', command_id: first?.id })
  await world.judge({ alert_id: other.id, answer: 'restore' })
  await world.judge({ alert_id: other.id, answer: 'restore', command_id: undefined })
  await world.run()
  assert.deepEqual(codes(world), ['accepted', 'never_sent', 'never_sent', 'never_sent', 'never_sent', 'unbound'])
  const refused = await createRespondWorld({ policy })
  await refused.say(sampleFindingOf(1))
  await refused.run()
  await refused.answer(refused.commands()[0]!.command, 'holder_mismatch')
  await refused.run()
  assert.match(
    only(refused).response_limited_by ?? '',
    /it is not invoice-bot's: the broker that issued it knows another/,
  )
  await restore(refused)
  assert.deepEqual(codes(refused), ['not_revoked'])
})

test('an analyst, another tenant and a stranger take nothing back', async () => {
  const world = await revoked()
  await restore(world, { role: 'analyst' })
  await restore(world, { tenant: 'globex' })
  await restore(world, { issuer: 'nobody' })
  await restore(world, { role: 'owner' })
  assert.deepEqual(codes(world), ['role_may_not', 'unknown_alert', 'unknown_issuer', 'role_not_held'])
  assert.equal(world.commands().length, 1)
})

test('a restore goes out past a shut breaker and takes no place in it', async () => {
  const world = await createRespondWorld({ policy: { ...policy, breakers: { commands_per_minute: 2 } }, agents: 20 })
  await world.say(sampleFindingOf(1, { agent: 'a', credential_id: 'jti:a' }))
  await world.say(sampleFindingOf(2, { agent: 'b', credential_id: 'jti:b' }))
  await world.run()
  for (const { id } of world.alerts()) await world.judge({ alert_id: id, answer: 'restore' })
  await world.run()
  assert.equal(world.commands().filter(({ command }) => command.action === 'restore').length, 2)
  world.restart()
  world.now += minute
  await world.say(sampleFindingOf(3, { agent: 'a', credential_id: 'jti:a', target: 'x', log_time: world.now }))
  await world.run()
  assert.equal(world.commands().length, 5, 'a counts already, and the minute is free')
})

test('died between journal and topic, it is sent again while it is valid; later the alert says that it was not', async () => {
  for (const [pause, state, sent] of [
    [0, 'sent', 2],
    [10 * minute, 'expired', 1],
  ] as const) {
    const world = await revoked()
    await world.judge({ alert_id: only(world).id, answer: 'restore' })
    let deaths = 1
    await world.run({
      crash: () => {
        if (deaths-- <= 0) return null
        world.now += pause
        return { at: 'within', commands: 0, alerts: 1 }
      },
    })
    assert.deepEqual([only(world).restores?.[0]?.state, world.commands().length], [state, sent])
    // Whoever gave it hears of it, though the answer died with the process.
    assert.deepEqual(codes(world), ['accepted'])
  }
})

test('while no broker has answered, and still could, it is refused with since when it is pending; later it may be asked again', async () => {
  const world = await createRespondWorld({ policy: { ...policy, revocation: { reply_within_seconds: 1 } } })
  await world.say(sampleFindingOf(1))
  await world.run()
  await world.answer(world.commands()[0]!.command, 'applied')
  await world.run()
  await restore(world)
  const since = new Date(world.now).toISOString()
  const pending = new RegExp(`The restore of credential jti:9c1e is pending since ${since}: soc asked for it`)
  assert.match(only(world).summary, pending)
  world.now += 2_000
  await world.run()
  assert.equal(only(world).restores?.[0]?.state, 'unanswered')
  world.restart()
  await restore(world)
  assert.deepEqual([codes(world), world.commands().length], [['accepted', 'restored_before'], 2])
  assert.match(world.outcomes()[1]?.message ?? '', pending)
  assert.match(only(world).summary, /and the broker has not answered; it may until 2026-/)
  // From here on no broker obeys the first one any more.
  world.now = Date.parse(world.commands()[1]!.command.not_after)
  await restore(world)
  assert.deepEqual([codes(world).at(-1), world.commands().length], ['accepted', 3])
  await world.answer(world.commands()[2]!.command, 'already_applied')
  await world.run()
  await restore(world)
  assert.match(
    world.outcomes().at(-1)?.message ?? '',
    /^Restored by soc: the revocation of credential jti:9c1e \(cmd_\w+, asked/,
  )
  assert.equal(world.commands().length, 3)
})

test('whoever calls an alert false whose revocation stands hears how to undo it, and nobody else does', async () => {
  const world = await revoked()
  const stands = `The revocation stands: undo it too, with \`straylight restore ${world.commands()[0]!.command.id} --reason "…"\`.`
  const saysSo = async (answer: 'true' | 'false') => {
    await world.judge({ alert_id: only(world).id, answer })
    await world.run()
    return world.outcomes().at(-1)?.message.includes(stands)
  }
  assert.equal(await saysSo('false'), true)
  assert.equal(await saysSo('false'), true, 'closed before')
  assert.equal(await saysSo('true'), false)
  await restore(world)
  await world.answer(world.commands()[1]!.command, 'unknown_subject')
  await world.run()
  assert.equal(await saysSo('false'), true, 'the restore was refused')
  await restore(world)
  assert.equal(await saysSo('false'), false, 'the restore is on its way')
})

test('the alert tells a restore that was refused, with the reason, and one that was done also when it is closed', async () => {
  const world = await revoked()
  await restore(world)
  await world.answer(world.commands()[1]!.command, 'unknown_subject')
  await world.run()
  assert.match(
    only(world).summary,
    /The broker did not restore credential jti:9c1e: unknown_subject: not done\. soc asked for it at/,
  )
  await restore(world)
  await world.answer(world.commands()[2]!.command, 'applied')
  await world.judge({ alert_id: only(world).id, answer: 'false' })
  await world.run()
  assert.match(
    only(world).summary,
    /Closed: soc answered "false"\. Restored by soc: the revocation of credential jti:9c1e/,
  )
})

test('no answer to a restore is reported as well', async () => {
  const world = await revoked()
  await restore(world)
  world.now += 10_001
  await world.run()
  assert.deepEqual([only(world).restores?.[0]?.state, only(world).command_state], ['unanswered', 'applied'])
  const { length } = world.log.records(topics.alerts.name)
  await world.run()
  assert.equal(world.log.records(topics.alerts.name).length, length, 'reported once')
})

test('promise 14: what was restored is revoked in no alert, also where two alerts had revoked it, after a death anywhere', async () => {
  for (const cut of [null, 0, 1, 2]) {
    const world = await createRespondWorld({ policy })
    await world.say(sampleFindingOf(1))
    await world.say(sampleFindingOf(2, { target: 'other' }))
    await world.say(sampleFindingOf(3, { target: 'third', credential_id: 'jti:another' }))
    await world.run()
    const [first, second, third] = world.commands().map(({ command }) => command)
    assert.ok(first && second && third)
    await world.answer(first, 'applied')
    await world.answer(second, 'already_applied')
    await world.answer(third, 'applied')
    await world.run()
    const alertOf = (id: string) => world.alerts().find((alert) => alert.id === id) ?? assert.fail(id)
    const states = () => [first, second, third].map(({ evidence }) => alertOf(evidence.alert_id).command_state)
    assert.deepEqual(states(), ['applied', 'applied', 'applied'])
    world.now += minute
    await world.judge({ alert_id: first.evidence.alert_id, answer: 'restore', command_id: first.id })
    await world.run()
    const undo = world.commands().at(-1)?.command ?? assert.fail()
    assert.deepEqual(states(), ['applied', 'applied', 'applied'], 'until the broker has done it')
    await world.answer(undo, 'applied')
    let deaths = cut === null ? 0 : 1
    await world.run({ crash: () => (deaths-- > 0 ? { at: 'within', commands: 0, alerts: cut ?? 0 } : null) })
    assert.deepEqual(states(), ['restored', 'restored', 'applied'], `cut ${cut}`)
    const summary = alertOf(second.evidence.alert_id).summary
    assert.match(summary, /Restored by soc: the revocation of credential jti:9c1e/)
    assert.doesNotMatch(summary, /Revoked/)
    await world.judge({ alert_id: second.evidence.alert_id, answer: 'restore', command_id: second.id })
    await world.run()
    assert.equal(codes(world).at(-1), 'restored_before')
    // Revoked anew, it is not restored by a repeated answer to the old restore.
    world.now += minute
    await world.say(sampleFindingOf(4, { target: 'fourth', log_time: world.now }))
    await world.run()
    const fourth = world.commands().at(-1)?.command ?? assert.fail()
    await world.answer(fourth, 'applied')
    await world.answer(undo, 'already_applied')
    await world.run()
    assert.equal(alertOf(fourth.evidence.alert_id).command_state, 'applied')
  }
})
