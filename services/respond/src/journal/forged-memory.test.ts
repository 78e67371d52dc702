import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topics } from '@straylight/schemas/topics'
import type { VerdictOutcome } from '@straylight/schemas/verdict-outcome'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'
import { signedCommand } from '../command/signed-command.ts'
import { temporaryKeys } from '../command/signing-keys.ts'

// Promises 6 and 14: what respond reads at its start holds for what is signed, whoever else may write these topics.

const tiers = { low: { high: 'revoke' }, high: { high: 'approve' } } as const
const of = (agent: string) => ({ agent, target: agent, credential_id: `jti:${agent}` })

/** Commands of a world in which twenty agents are revoked: all that a breaker could count. */
async function manyCommands(): Promise<RespondWorld> {
  const world = await createRespondWorld({ policy: { tiers, breakers: { commands_per_minute: 100 } }, agents: 400 })
  for (let at = 0; at < 20; at++) await world.say(sampleFindingOf(at, of(`bot-${at}`)))
  await world.run()
  assert.equal(world.commands().length, 20)
  return world
}

test('commands that nobody signed, or another key, shut no breaker and stand for no sending', async () => {
  const stranger = (await temporaryKeys()).commands
  const made = await manyCommands()
  const world = await createRespondWorld({ policy: { tiers }, agents: 40 })
  for (const { command } of made.commands()) {
    const record = await signedCommand(command, stranger, world.now)
    const [head, body] = record.value.toString().split('.')
    await world.log.append([
      record,
      { ...record, value: `${head}.${body}.` },
      { ...record, value: JSON.stringify(command) },
    ])
  }
  const forged = world.log.records(topics.revocations.name).length
  await world.say(sampleFindingOf(1, of('bot-1')))
  await world.run()
  assert.equal(world.log.records(topics.revocations.name).length, forged + 1)
  assert.deepEqual(
    world.alerts().map(({ command_state }) => command_state),
    ['sent'],
  )
})

test('what an earlier key has signed still counts: the journal tells it', async () => {
  const keys = { ...(await temporaryKeys()) }
  const world = await createRespondWorld({ policy: { tiers }, agents: 20, keys })
  for (const agent of ['a', 'b']) await world.say(sampleFindingOf(agent.charCodeAt(0), of(agent)))
  await world.run()
  keys.commands = (await temporaryKeys()).commands
  world.restart()
  await world.say(sampleFindingOf(200, of('c')))
  await world.run()
  // What the new key is not known to have sent goes out again, under its id.
  assert.equal(new Set(world.commands().map(({ command }) => command.id)).size, 2)
  const last = world.alerts().find(({ agent }) => agent === 'c')
  assert.match(
    last?.response_limited_by ?? '',
    /^the circuit breaker allows 2 of 20 agents to be revoked within an hour/,
  )
})

test('made-up outcomes use up no id, whatever offset and time they name, and hide no answer', async () => {
  const world = await createRespondWorld({ policy: { tiers } })
  await world.say(sampleFindingOf(1, { tier: 'high' }))
  await world.run()
  const id = world.alerts()[0]?.id ?? assert.fail('no alert')
  const forged = (offset: number, time: number): VerdictOutcome => ({
    ...{ verdict_offset: offset, verdict_id: 'vdt_real', alert_id: id, issuer: 'soc' },
    ...{ accepted: false, code: 'other', message: 'made up', time },
  })
  const written = [forged(7, world.now), forged(Number.MAX_SAFE_INTEGER, 8e15), forged(1e6, world.now + 1e12)]
  for (const outcome of written) {
    await world.log.append([{ topic: topics.verdictResults.name, key: id, value: JSON.stringify(outcome) }])
  }
  world.restart()
  await world.judge({ alert_id: id, answer: 'approve', id: 'vdt_real' })
  // It dies with the verdict in its journal and its answer unsaid.
  let deaths = 1
  await world.run({ crash: () => (deaths-- > 0 ? { at: 'within', commands: 1, alerts: 1 } : null) })
  assert.equal(world.commands().length, 1)
  const said = world.outcomes().slice(written.length)
  assert.deepEqual(
    said.map(({ verdict_id, accepted }) => [verdict_id, accepted]),
    [['vdt_real', true]],
  )
})

test('an id counts once through a restart, read from the verdicts themselves', async () => {
  const world = await createRespondWorld({ policy: { tiers } })
  await world.say(sampleFindingOf(1, { tier: 'high' }))
  await world.run()
  const id = world.alerts()[0]?.id ?? assert.fail('no alert')
  await world.judge({ alert_id: id, answer: 'approve', role: 'owner', id: 'vdt_once' })
  await world.run()
  const [token] = world.log.records(topics.verdicts.name)
  world.restart()
  await world.log.append([{ topic: topics.verdicts.name, key: id, value: token?.value ?? '' }])
  await world.run()
  assert.deepEqual(
    world.outcomes().map(({ code }) => code),
    ['role_not_held', 'replayed'],
  )
})
