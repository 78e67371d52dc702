import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { sampleFindingOf } from '../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld, type WorldOptions } from '../test-support/respond-world.ts'
import type { ObservedFinding } from './respond-options.ts'

const policy = {
  tiers: {
    low: { low: 'observe', high: 'revoke', critical: 'revoke' },
    high: { high: 'approve', critical: 'revoke' },
    medium: { high: 'revoke', shadow: true },
  },
}
const minute = 60_000

async function worldWith(given: WorldOptions = {}) {
  const observed: ObservedFinding[] = []
  const observe = (one: ObservedFinding) => void observed.push(one)
  const world = await createRespondWorld({ policy, ...given, options: { observe, ...given.options } })
  return { world, observed, outcomes: () => observed.map(({ outcome }) => outcome) }
}

function theAlert(world: RespondWorld): Alert {
  const [alert, ...more] = world.alerts()
  assert.ok(alert !== undefined && more.length === 0, 'exactly one alert')
  return alert
}

test('a finding within the budget opens an alert; one that is not rare enough is only observed', async () => {
  const { world, observed } = await worldWith()
  await world.say(sampleFindingOf(1, { p_value: 0.0011 }))
  await world.say(sampleFindingOf(2, { severity: 'low', target: 'policy says observe' }))
  await world.say(sampleFindingOf(3, { tier: 'critical', p_value: 0.001 }))
  await world.run()
  const alert = theAlert(world)
  assert.deepEqual(observed, [
    { finding_id: 'fnd_0_1', event_id: 'evt-0-1', outcome: 'observed', alert_id: null },
    { finding_id: 'fnd_0_2', event_id: 'evt-0-2', outcome: 'observed', alert_id: null },
    { finding_id: 'fnd_0_3', event_id: 'evt-0-3', outcome: 'opened', alert_id: alert.id },
  ])
  assert.deepEqual([alert.response, alert.command_state, world.commands().length], ['alert', 'none', 0])
})

test('a finding that a false verdict keeps quiet opens and updates nothing, and is counted', async () => {
  const { world, outcomes } = await worldWith()
  const suppressed = { issuer: 'soc', reason: 'month end', verdict_id: 'vdt_1', until: world.now + minute } as const
  await world.say(sampleFindingOf(1, { suppressed }))
  await world.say(sampleFindingOf(2, { suppressed, p_value: 0.5 }))
  await world.say(sampleFindingOf(3))
  await world.say(sampleFindingOf(4, { suppressed }))
  await world.run()
  assert.deepEqual(outcomes(), ['suppressed', 'observed', 'opened', 'suppressed'])
  assert.equal(theAlert(world).finding_count, 1)
  assert.equal(world.respond().counts.byName.get('findings_suppressed'), 2)
})

test('evidence updates the open alert; quiet closes it; within seven days it reopens, later another opens', async () => {
  const { world, outcomes } = await worldWith()
  const say = (offset: number, log_time: number) => world.say(sampleFindingOf(offset, { tier: 'critical', log_time }))
  await say(1, world.now)
  await say(2, world.now + minute)
  await world.run()
  world.now += dayMs + 2 * minute
  await world.run()
  assert.deepEqual([theAlert(world).state, theAlert(world).close_reason], ['closed', 'quiet'])
  await say(3, world.now)
  await world.run()
  assert.deepEqual([theAlert(world).state, theAlert(world).finding_count], ['open', 3])
  assert.equal(theAlert(world).close_reason, undefined)
  world.now += 9 * dayMs
  await world.run()
  await say(4, world.now)
  await world.run()
  assert.deepEqual(outcomes(), ['opened', 'updated', 'reopened', 'opened'])
  assert.equal(world.alerts().length, 2)
})

test('the same finding twice, from two instances of score, counts once', async () => {
  const { world } = await worldWith()
  for (const offset of [5, 5, 4, 6, 6]) await world.say(sampleFindingOf(offset))
  await world.run()
  assert.equal(theAlert(world).finding_count, 2)
  assert.equal(world.respond().counts.byName.get('findings_repeated'), 3)
})

test('revoke: one command an alert; the broker answers; more of the same adds evidence, another credential a command', async () => {
  const { world } = await worldWith()
  await world.say(sampleFindingOf(1))
  await world.say(sampleFindingOf(2))
  await world.run()
  const [{ command, record }] = world.commands() as [ReturnType<typeof world.commands>[0]]
  assert.equal(world.commands().length, 1)
  assert.equal(record.key, 'acme|invoice-bot')
  assert.equal(record.headers['content-type'], 'application/jose')
  assert.equal(record.headers.ce_id, command.id)
  assert.equal(record.headers.ce_expirytime, command.not_after)
  assert.equal(theAlert(world).command_state, 'sent')
  await world.answer(command, 'applied')
  await world.run()
  assert.equal(theAlert(world).command_state, 'applied')
  await world.answer(command, 'expired')
  await world.say(sampleFindingOf(3))
  await world.say(sampleFindingOf(4, { credential_id: 'jti:other' }))
  await world.run()
  assert.equal(theAlert(world).finding_count, 4)
  assert.deepEqual(
    world.commands().map(({ command: sent }) => sent.subject.credential_id),
    ['jti:9c1e', 'jti:other'],
  )
})

test('an answer for another tenant, or to no command of ours, changes nothing', async () => {
  const { world } = await worldWith()
  await world.say(sampleFindingOf(1))
  await world.run()
  const command = world.commands()[0]!.command
  await world.answer({ ...command, subject: { ...command.subject, tenant_id: 'globex' } }, 'applied')
  await world.answer({ ...command, id: 'cmd_other' }, 'applied')
  await world.run()
  assert.equal(theAlert(world).command_state, 'sent')
  assert.equal(world.respond().counts.byName.get('results_unmatched'), 2)
})

test('no answer by the deadline is an alert of its own; a late one still counts', async () => {
  const { world } = await worldWith()
  await world.say(sampleFindingOf(1, { log_time: world.now - 9_000 }))
  await world.run()
  world.now += 10_000
  await world.run()
  assert.equal(theAlert(world).command_state, 'sent', 'the broker has its ten seconds from the sending')
  world.now += 1
  await world.run()
  assert.equal(theAlert(world).command_state, 'unanswered')
  await world.answer(world.commands()[0]!.command, 'applied')
  await world.run()
  assert.deepEqual([theAlert(world).command_state, theAlert(world).response_limited_by], ['applied', undefined])
})

test('approve: held until an approver says yes, then sent as decided by a human', async () => {
  const { world } = await worldWith()
  await world.say(sampleFindingOf(1, { tier: 'high' }))
  await world.run()
  const held = theAlert(world)
  assert.deepEqual([held.state, held.command_state, world.commands().length], ['awaiting_approval', 'held', 0])
  world.now += minute
  await world.judge({ alert_id: held.id, answer: 'true' })
  await world.run()
  assert.equal(theAlert(world).state, 'awaiting_approval')
  await world.judge({ alert_id: held.id, answer: 'approve' })
  await world.judge({ alert_id: held.id, answer: 'approve' })
  await world.run()
  assert.equal(world.commands().length, 1)
  const { command } = world.commands()[0]!
  assert.deepEqual(command.approval, { required: true, by: 'soc' })
  assert.equal(command.policy.decision, 'human')
  assert.equal(Date.parse(command.issued_at), world.now)
  assert.equal(world.respond().counts.byName.get('verdicts_refused'), 1)
})

test('approve: reject closes; a deadline that passes leaves an alert; worse evidence does not wait', async () => {
  const { world } = await worldWith()
  await world.say(sampleFindingOf(1, { tier: 'high', target: 'a' }))
  await world.say(sampleFindingOf(2, { tier: 'high', target: 'b' }))
  await world.say(sampleFindingOf(3, { tier: 'high', target: 'c' }))
  await world.run()
  const byTarget = (target: string) => world.alerts().find((alert) => alert.target === target)!
  await world.judge({ alert_id: byTarget('a').id, answer: 'reject' })
  await world.say(sampleFindingOf(4, { tier: 'high', target: 'c', severity: 'critical' }))
  await world.run()
  assert.deepEqual([byTarget('a').state, byTarget('a').close_reason], ['closed', 'rejected'])
  assert.deepEqual([byTarget('c').state, byTarget('c').command_state], ['open', 'sent'])
  world.now += 15 * minute
  await world.run()
  assert.equal(byTarget('b').state, 'awaiting_approval')
  world.now += 1
  await world.judge({ alert_id: byTarget('b').id, answer: 'approve' })
  await world.run()
  assert.deepEqual(
    [byTarget('b').state, byTarget('b').command_state, byTarget('b').response],
    ['open', 'expired', 'alert'],
  )
  assert.match(byTarget('b').response_limited_by ?? '', /nobody approved it by 2026-11-22T10:15:00/)
  assert.equal(world.commands().length, 1)
})

test("a person's no stands: what was called false or rejected is alerted, not revoked, unless worse comes", async () => {
  const { world } = await worldWith()
  await world.say(sampleFindingOf(1))
  await world.run()
  await world.judge({ alert_id: theAlert(world).id, answer: 'false', role: 'analyst' })
  await world.run()
  assert.deepEqual([theAlert(world).state, theAlert(world).close_reason], ['closed', 'verdict_false'])
  await world.say(sampleFindingOf(2, { credential_id: 'jti:next' }))
  await world.run()
  assert.deepEqual([theAlert(world).state, world.commands().length], ['open', 1])
  await world.say(sampleFindingOf(3, { credential_id: 'jti:next', severity: 'critical' }))
  await world.run()
  assert.equal(world.commands().length, 2)
})

test('promise 6: past its expiry it is an alert, not a command; an unwell detector and shadow send nothing', async () => {
  const late = (await worldWith()).world
  await late.say(sampleFindingOf(1, { log_time: late.now - 300_000 }))
  await late.run()
  assert.deepEqual([theAlert(late).response, theAlert(late).command_state], ['alert', 'none'])
  assert.match(theAlert(late).response_limited_by ?? '', /the evidence came too late/)

  const unwell = (await worldWith({ options: { health: () => 'knowledge is 3 days old' } })).world
  await unwell.say(sampleFindingOf(1))
  await unwell.run()
  assert.equal(theAlert(unwell).response_limited_by, 'the detector is unwell: knowledge is 3 days old')

  const behind = (await worldWith({ options: { health: ({ log }) => (log.offset === 1 ? 'score is behind' : null) } }))
    .world
  await behind.say(sampleFindingOf(1, { agent: 'other' }))
  await behind.say(sampleFindingOf(2))
  await behind.run()
  assert.equal(behind.commands().length, 1, 'health is asked for the finding, not for everything')

  const shadow = (await worldWith()).world
  await shadow.say(sampleFindingOf(1, { tier: 'medium' }))
  await shadow.run()
  assert.deepEqual([theAlert(shadow).command_state, theAlert(shadow).command?.mode], ['shadow', 'dry_run'])
  assert.equal(late.commands().length + unwell.commands().length + shadow.commands().length, 0)
})

test('promise 6: beyond the breakers there are alerts only, also after a restart and also for an approver', async () => {
  const { world } = await worldWith()
  for (let offset = 1; offset <= 6; offset++) await world.say(sampleFindingOf(offset, { agent: `bot-${offset}` }))
  await world.run()
  assert.equal(world.commands().length, 4, 'a tenth of 40 agents an hour')
  world.restart()
  await world.say(sampleFindingOf(7, { agent: 'bot-7' }))
  await world.say(sampleFindingOf(8, { agent: 'bot-8', tier: 'high' }))
  await world.run()
  const held = world.alerts().find(({ agent }) => agent === 'bot-8')!
  await world.judge({ alert_id: held.id, answer: 'approve' })
  await world.run()
  assert.equal(world.commands().length, 4)
  const limited = world.alerts().filter(({ response_limited_by: limit }) => limit?.includes('breaker allows 4 of 40'))
  assert.equal(limited.length, 4)
  const waits = world.alerts().find(({ agent }) => agent === 'bot-8')
  assert.deepEqual([waits?.state, waits?.command_state], ['open', 'approved'])
})

test('promise 5: records that can not be read are left out, counted, and the next is taken', async () => {
  const { world } = await worldWith()
  for (const { name: topic } of [topics.findings, topics.verdicts, topics.results]) {
    for (const value of ['', '{"id":', 'null', '{"__proto__":{"x":1}}', Buffer.from([0xff, 0, 0xfe])]) {
      await world.log.append([{ topic, key: 'bad', value }])
    }
  }
  await world.say(sampleFindingOf(1))
  await world.run()
  assert.equal(theAlert(world).finding_count, 1)
  assert.equal(world.respond().counts.byName.get('records_unreadable'), 10)
  assert.equal(world.respond().counts.byName.get('verdicts_refused'), 5)
})

test('a journal that can not be read stops the start and names the place', async () => {
  const { world } = await worldWith()
  await world.log.append([{ topic: topics.alerts.name, key: 'alr_1', value: '{"id":"alr_1"}' }])
  await world.say(sampleFindingOf(1))
  await assert.rejects(world.run(), /journal of alerts at agent\.alerts\.v1 partition 0 offset 0/)
})

test('an instance that was given only a part of the inputs does not decide', async () => {
  const { world } = await worldWith()
  const respond = world.respond()
  await respond.assigned?.([{ topic: topics.findings.name, partition: 0, offset: 0 }])
  await assert.rejects(
    respond.process([]),
    /respond holds agent\.findings\.v1 but not agent\.verdicts\.v1, agent\.revocations\.results\.v1/,
  )
})

test('a log that can not be asked stops respond, and is no fault of the finding that it was asked for', async () => {
  const { world } = await worldWith()
  const { read } = world.log
  Object.assign(world.log, {
    read: (...[place, from, to]: Parameters<typeof read>) => {
      if (place.topic === topics.knowledge.name) throw new Error('the broker is away')
      return read(place, from, to)
    },
  })
  await world.say(sampleFindingOf(1, { tier: 'low', severity: 'critical', target: 'new' }))
  await assert.rejects(world.run(), /the broker is away/)
  assert.equal(world.log.records(topics.setAside.name).length, 0)
})

test('a silence that is taken back closes its alert, and opens none', async () => {
  const { world, outcomes } = await worldWith()
  const silence = { cause: 'silent_agent', target: 'invoice-bot', severity: 'medium' } as const
  await world.say(sampleFindingOf(1, silence))
  await world.say(sampleFindingOf(2, { ...silence, withdrawn: true }))
  await world.say(sampleFindingOf(3, { ...silence, withdrawn: true, target: 'another' }))
  await world.run()
  assert.deepEqual(outcomes(), ['opened', 'withdrawn', 'observed'])
  assert.deepEqual([theAlert(world).state, theAlert(world).close_reason], ['closed', 'withdrawn'])
  assert.match(theAlert(world).summary, /Closed: its events came late, and nothing was missing\.$/)
})
