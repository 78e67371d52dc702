import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld, type WorldOptions } from '../../test-support/respond-world.ts'

// Promise 14: an approval speaks of one command, on the alert as the person saw it, for a short time, once.

const tiers = { low: { high: 'approve', critical: 'approve' }, medium: { high: 'revoke' } }
const minute = 60_000

async function held(given: WorldOptions = {}): Promise<RespondWorld> {
  const world = await createRespondWorld({ policy: { tiers }, ...given })
  await world.say(sampleFindingOf(1))
  await world.run()
  return world
}

const only = (world: RespondWorld) => world.alerts()[0] ?? assert.fail('no alert')
const last = (world: RespondWorld) => world.outcomes().at(-1) ?? assert.fail('no outcome')

/** The same bytes once more, as anybody may who can write the topic; with whatever log time they like. */
async function appendAgain(world: RespondWorld, offset: number, timestamp?: number): Promise<void> {
  const { value, key } = world.log.records(topics.verdicts.name)[offset] ?? assert.fail('no verdict there')
  await world.log.append([
    { topic: topics.verdicts.name, key, value, ...(timestamp === undefined ? {} : { timestamp }) },
  ])
  await world.run()
}

test('an approval that came too late for one command does not release the next, hours later or ever', async () => {
  const world = await held()
  const first = only(world)
  world.now += 15 * minute + 1
  await world.judge({ alert_id: first.id, answer: 'approve' })
  await world.run()
  assert.deepEqual([last(world).accepted, last(world).code], [false, 'too_late'])
  world.now += 5 * hourMs
  await world.say(sampleFindingOf(2, { credential_id: 'jti:other', log_time: world.now }))
  await world.run()
  assert.equal(only(world).command_state, 'held')
  await appendAgain(world, 0)
  world.restart()
  await appendAgain(world, 0, first.opened_at + 15 * minute)
  assert.equal(world.commands().length, 0)
  assert.deepEqual(
    world.outcomes().map(({ code }) => code),
    ['too_late', 'replayed', 'replayed'],
  )
})

test('a verdict counts once, a refused one too, also behind a restart, under any log time', async () => {
  const world = await held()
  const { id } = only(world)
  await world.judge({ alert_id: id, answer: 'approve', command_id: 'cmd_other' })
  await world.run()
  assert.equal(last(world).code, 'other_command')
  assert.match(last(world).message, /names cmd_other, and the alert now has cmd_/)
  await appendAgain(world, 0)
  world.restart()
  await appendAgain(world, 0)
  await appendAgain(world, 0, world.now + 365 * dayMs)
  assert.deepEqual(
    world.outcomes().map(({ code }) => code),
    ['other_command', 'replayed', 'replayed', 'replayed'],
  )
  assert.equal(only(world).command_state, 'held')
})

test('one command at two alerts: a yes to the one is none to the other', async () => {
  const world = await held()
  await world.say(sampleFindingOf(2, { target: 'elsewhere' }))
  await world.run()
  const [one, other] = world.alerts()
  assert.ok(one?.command && other?.command && one.command.id !== other.command.id)
  await world.judge({ alert_id: other.id, answer: 'approve', command_id: one.command.id })
  await world.judge({ alert_id: one.id, answer: 'approve', command_id: other.command.id })
  await world.run()
  assert.deepEqual(
    [world.outcomes().map(({ code }) => code), world.commands().length],
    [['other_command', 'other_command'], 0],
  )
})

test('a revision of before the command, and one that is not there yet, are refused', async () => {
  const world = await createRespondWorld({ policy: { tiers } })
  await world.say(sampleFindingOf(1, { severity: 'medium' }))
  await world.run()
  const before = only(world)
  await world.say(sampleFindingOf(2))
  await world.run()
  await world.judge({ alert_id: before.id, answer: 'approve', alert_revision: before.revision })
  await world.judge({ alert_id: before.id, answer: 'approve', alert_revision: 99 })
  await world.judge({ alert_id: before.id, answer: 'false', alert_revision: before.revision })
  await world.run()
  assert.deepEqual(
    world.outcomes().map(({ code }) => code),
    ['older_revision', 'unknown_revision', 'older_revision'],
  )
  assert.match(world.outcomes()[2]?.message ?? '', /has been high since revision 2, and revision 1 was called false/)
  assert.equal(only(world).state, 'awaiting_approval')
  // More of the same evidence does not undo what was seen.
  const seen = only(world).revision
  await world.say(sampleFindingOf(3))
  await world.run()
  await world.judge({ alert_id: before.id, answer: 'approve', alert_revision: seen })
  await world.run()
  assert.deepEqual([last(world).code, world.commands().length], ['accepted', 1])
})

test('a token that names no command approves and rejects nothing; true and false need none', async () => {
  const world = await held()
  const { id } = only(world)
  for (const answer of ['approve', 'reject'] as const) {
    await world.judge({ alert_id: id, answer, command_id: undefined })
    await world.judge({ alert_id: id, answer, alert_revision: undefined })
  }
  await world.judge({ alert_id: id, answer: 'false', command_id: undefined, alert_revision: undefined })
  await world.run()
  assert.deepEqual(
    world.outcomes().map(({ code }) => code),
    ['unbound', 'unbound', 'unbound', 'unbound', 'accepted'],
  )
})

test('a verdict lives for its minutes by log time, with a tolerance for clocks, and none comes from the future', async () => {
  for (const [time, code] of [
    [-16 * minute, 'accepted'],
    [-16 * minute - 1, 'out_of_life'],
    [minute, 'accepted'],
    [minute + 1, 'out_of_life'],
  ] as const) {
    const world = await held({ policy: { tiers, approval: { deadline_seconds: 86_400 } } })
    await world.judge({ alert_id: only(world).id, answer: 'approve', time: world.now + time })
    await world.run()
    assert.deepEqual([time, last(world).code], [time, code])
  }
})

test('a log time that a sender made up makes no command that lives longer, and no deadline later', async () => {
  const world = await held()
  const { id } = only(world)
  await world.judge({ alert_id: id, answer: 'approve', role: 'analyst' })
  const [record] = world.log.records(topics.verdicts.name)
  await world.log.append([{ ...record!, timestamp: world.now + dayMs }])
  await world.run()
  assert.equal(last(world).code, 'replayed')
  const bold = await held()
  await bold.judge({ alert_id: only(bold).id, answer: 'approve' })
  const [token] = bold.log.records(topics.verdicts.name)
  // As if the first to append it had been somebody else, with a time of next year.
  Object.assign(token!, { timestamp: bold.now + 365 * dayMs })
  await bold.run()
  assert.equal(Date.parse(bold.commands()[0]?.command.issued_at ?? ''), bold.now)
})

test('just before the deadline an approval counts, just after it does not', async () => {
  for (const [after, code] of [
    [0, 'accepted'],
    [1, 'too_late'],
  ] as const) {
    const world = await held()
    const deadline = only(world).approval_deadline ?? 0
    world.now = deadline + after
    await world.judge({ alert_id: only(world).id, answer: 'approve' })
    await world.run()
    assert.deepEqual([last(world).code, world.commands().length], [code, code === 'accepted' ? 1 : 0])
  }
})

test('a false verdict says until when its like stays quiet, and a second answer by whom, when and as what it was answered', async () => {
  const world = await held()
  const { id } = only(world)
  await world.judge({ alert_id: id, answer: 'false', suppress_days: 2 })
  await world.run()
  const taken = only(world).verdicts[0]?.taken_at ?? assert.fail('no verdict')
  const until = (days: number) => new Date(taken + days * dayMs).toISOString()
  assert.equal(
    last(world).message,
    `The alert is closed. Its command is not sent. Findings of this agent, cause and target stay quiet until ${until(2)}, unless they are graver.`,
  )
  await world.judge({ alert_id: id, answer: 'true' })
  await world.run()
  const before = `The alert has been answered already: ${only(world).verdicts[0]?.issuer} said "false" at ${until(0)}, and it is closed.`
  assert.equal(last(world).message, `${before} Your answer is kept beside it.`)
})

test('an alert that is not there, one of another tenant, and a stranger get an answer each, and nothing else', async () => {
  const world = await held()
  const { id } = only(world)
  await world.judge({ alert_id: 'alr_doesnotexist', answer: 'false' })
  await world.judge({ alert_id: id, answer: 'approve', tenant: 'globex' })
  await world.judge({ alert_id: id, answer: 'approve', issuer: 'nobody' })
  await world.judge({ alert_id: id, answer: 'approve', role: 'owner' })
  await world.log.append([{ topic: topics.verdicts.name, key: id, value: 'no token' }])
  await world.run()
  assert.deepEqual(
    world.outcomes().map(({ code, verdict_id }) => [code, verdict_id]),
    [
      ['unknown_alert', 'vdt_0'],
      ['unknown_alert', 'vdt_1'],
      ['unknown_issuer', undefined],
      ['role_not_held', 'vdt_3'],
      ['malformed', undefined],
    ],
  )
  assert.equal(only(world).command_state, 'held')
})
