import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld, type WorldOptions } from '../../test-support/respond-world.ts'
import { answerWith } from '../deliver/answer-with.ts'

// Promise 14: what lapsed can be asked about anew, with an approval of its own and the checks of a new finding.

const tiers = { low: { high: 'approve' } }
const minute = 60_000

const only = (world: RespondWorld) => world.alerts()[0] ?? assert.fail('no alert')
const last = (world: RespondWorld) => world.outcomes().at(-1) ?? assert.fail('no outcome')

/** An alert whose command nobody approved in time. */
async function lapsed(given: WorldOptions = {}): Promise<RespondWorld> {
  const world = await createRespondWorld({ policy: { tiers }, ...given })
  await world.say(sampleFindingOf(1))
  await world.run()
  world.now += 15 * minute + 1
  await world.run()
  assert.equal(only(world).command_state, 'expired')
  return world
}

async function ask(world: RespondWorld, more: object = {}) {
  await world.judge({ alert_id: only(world).id, answer: 'ask', role: 'analyst', issuer: 'soc', ...more })
  await world.run()
}

test('asked again, it waits for an approval of its own, and is sent once that comes', async () => {
  const world = await lapsed()
  const first = only(world)
  assert.deepEqual(
    answerWith(first).at(-1),
    `straylight verdict ${first.id} ask --revision ${first.revision} --reason "…"`,
  )
  await ask(world, { role: 'approver' })
  const asked = only(world)
  assert.deepEqual([last(world).accepted, asked.state, asked.command_state], [true, 'awaiting_approval', 'held'])
  assert.notEqual(asked.command?.id, first.command?.id)
  assert.equal(asked.command?.undo.of, asked.command?.id)
  assert.equal(asked.approval_deadline, world.now + 15 * minute)
  assert.match(asked.response_limited_by ?? '', /soc asked for it again/)
  assert.ok(asked.deliveries.every(({ event }) => event !== 'agent.command.issued'))
  world.restart()
  await world.judge({ alert_id: asked.id, answer: 'approve' })
  await world.run()
  const [sent, ...more] = world.commands()
  assert.deepEqual([sent?.command.id, more.length], [asked.command?.id, 0])
  assert.deepEqual(sent?.command.approval, { required: true, by: 'soc' })
})

test('an approval of the command that lapsed releases none that is asked again', async () => {
  const world = await lapsed()
  const first = only(world)
  await ask(world, { role: 'approver' })
  await world.judge({ alert_id: first.id, answer: 'approve', command_id: first.command?.id })
  await world.judge({ alert_id: first.id, answer: 'approve', alert_revision: first.revision })
  await world.run()
  assert.deepEqual(
    world.outcomes().map(({ code }) => code),
    ['accepted', 'other_command', 'older_revision'],
  )
  assert.equal(world.commands().length, 0)
})

test('what has not lapsed, is closed or has no command is not asked about again; twice asks once', async () => {
  const world = await createRespondWorld({ policy: { tiers } })
  await world.say(sampleFindingOf(1))
  await world.run()
  await ask(world, { role: 'approver' })
  assert.deepEqual([last(world).code, last(world).message], ['not_lapsed', 'Its command has not lapsed: it is held.'])
  world.now += 15 * minute + 1
  await world.run()
  const { command } = only(world)
  await ask(world, { role: 'approver', command_id: command?.id })
  const asked = only(world)
  await ask(world, { role: 'approver', command_id: command?.id })
  assert.equal(last(world).code, 'other_command')
  assert.deepEqual(only(world).command, asked.command)
  await world.judge({ alert_id: asked.id, answer: 'reject' })
  await world.run()
  await ask(world, { role: 'approver' })
  assert.deepEqual([last(world).code, last(world).message], ['not_lapsed', 'The alert is closed.'])
})

test('a policy that no longer asks for it, and an unwell detector, hold nothing', async () => {
  let unwell: string | null = null
  const world = await lapsed({ options: { health: () => unwell } })
  unwell = 'the source of acme is behind'
  await ask(world, { role: 'approver' })
  assert.equal(last(world).code, 'not_wanted')
  assert.match(last(world).message, /does not ask for it now: the detector is unwell: the source of acme is behind\.$/)
  assert.equal(only(world).command_state, 'expired')
  unwell = null
  await ask(world, { role: 'approver' })
  assert.equal(only(world).command_state, 'held')
})

test('a policy that would revoke by itself waits for a person once somebody had to ask', async () => {
  const world = await lapsed()
  const alert = only(world)
  const bold = await createRespondWorld({ policy: { tiers: { low: { high: 'revoke' } } } })
  await bold.say(sampleFindingOf(1))
  await bold.run()
  // Sent at once there: nothing lapsed, nothing to ask.
  await ask(bold, { role: 'approver' })
  assert.equal(last(bold).code, 'not_lapsed')
  assert.equal(alert.command_state, 'expired')
})
