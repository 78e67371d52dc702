import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '@straylight/schemas/finding'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'

// Promise 11: a claim of one agent decides nothing over another: what evidence says of the holder does, and else a person.

const tiers = {
  low: { high: 'revoke', critical: 'revoke' },
  medium: { high: 'revoke', critical: 'revoke' },
  high: { high: 'approve', critical: 'approve' },
  critical: { high: 'approve', critical: 'approve', shadow: true },
}
const user = (agent: string, tier: Finding['tier'] = 'low') => ({ agent, tier, registered: true, first_used_at: 1 })
const unknown = { credential_holder: undefined }

async function said(policy: object, findings: readonly Partial<Finding>[]): Promise<RespondWorld> {
  const world = await createRespondWorld({ policy })
  for (const [offset, finding] of findings.entries()) await world.say(sampleFindingOf(offset, finding))
  await world.run()
  return world
}

const only = (world: RespondWorld) => world.alerts()[0] ?? assert.fail('no alert')

test('fifteen credentials of agents in shadow, named by one that is not: a person is asked to stop the one, and no other', async () => {
  const claims = Array.from({ length: 15 }, (_, at) => ({
    agent: 'data-bot-2',
    cause: 'credential_shared' as const,
    target: `jti:${at}`,
    credential_id: `jti:${at}`,
    credential_holder: { agent: `vault-${at}`, tier: 'critical', basis: 'registry' } as const,
    credential_users: [user(`vault-${at}`, 'critical'), user('data-bot-2')],
  }))
  const world = await said({ tiers }, claims)
  assert.equal(world.commands().length, 0)
  for (const alert of world.alerts()) {
    assert.deepEqual([alert.state, alert.command_state], ['awaiting_approval', 'held'])
    assert.deepEqual(
      [alert.command?.action, alert.command?.subject, alert.command?.scope.match, alert.command?.policy.tier],
      ['suspend_agent', { tenant_id: 'acme', agent_id: 'data-bot-2' }, 'agent', 'low'],
    )
    assert.equal(alert.command?.precondition.holder_agent_id, 'data-bot-2')
  }
})

const held = { agent: 'vault', tier: 'critical', basis: 'registry' } as const

test('whoever names the credential of another is not spared for what the policy does to that one', async () => {
  for (const critical of [{}, { high: 'alert' }, { high: 'observe' }, { high: 'revoke', shadow: true }]) {
    const world = await said({ tiers: { ...tiers, critical } }, [{ agent: 'data-bot-2', credential_holder: held }])
    assert.deepEqual([only(world).command_state, only(world).command?.action], ['held', 'suspend_agent'])
  }
  // Nor is anything asked that only a tier in shadow asks for; what it reports is reported.
  const mild = { ...tiers, low: { high: 'observe' } }
  const alerted = await said({ tiers: mild }, [{ agent: 'data-bot-2', credential_holder: held }])
  assert.deepEqual([only(alerted).response, only(alerted).command_state], ['alert', 'none'])
  const asked = await said({ tiers: { ...mild, critical: { high: 'revoke' } } }, [
    { agent: 'data-bot-2', credential_holder: held },
  ])
  assert.deepEqual([only(asked).command_state, only(asked).command?.policy.tier], ['held', 'critical'])
})

test('an agent that another names beside its own credential is not stopped by it: a person is asked, whatever the broker checks', async () => {
  const named = { agent: 'innocent', credential_holder: { agent: 'hijacked', tier: 'low', basis: 'registry' } } as const
  for (const revocation of [{}, { broker_checks_holder: true }]) {
    const world = await said({ tiers, revocation }, [named, { ...named, severity: 'critical', target: 'b.example' }])
    assert.equal(world.commands().length, 0)
    for (const alert of world.alerts()) {
      assert.equal(alert.command_state, 'held')
      assert.match(alert.summary, /the registry gives this credential to hijacked, not to innocent/)
    }
  }
  // Of a tier in shadow nothing is sent, whoever has named it.
  const shadowed = await said({ tiers }, [{ ...named, tier: 'critical' }])
  assert.equal(only(shadowed).command_state, 'shadow')
})

test('a person reads whose credential it is, and is asked about the one that named it', async () => {
  const world = await said({ tiers: { ...tiers, critical: { high: 'revoke' } } }, [
    {
      agent: 'data-bot-2',
      credential_holder: { agent: 'data-analyst', tier: 'critical', basis: 'registry' },
    },
  ])
  const alert = only(world)
  assert.deepEqual([alert.state, alert.command_state], ['awaiting_approval', 'held'])
  assert.equal(
    alert.response_limited_by,
    'A person must decide: the registry gives this credential to data-analyst, not to data-bot-2, which alone would be suspended',
  )
  assert.match(alert.summary, /waits for approval until .* the registry gives this credential to data-analyst/)
  assert.equal(alert.command?.precondition.holder_agent_id, 'data-bot-2')
  assert.equal(alert.command?.policy.tier, 'low')
})

test('who names the next credential of another first is not believed, and neither is who comes second', async () => {
  const users = [user('data-bot-2'), user('hd-amy')]
  for (const agent of ['hd-amy', 'data-bot-2']) {
    const shared = { agent, cause: 'credential_shared' as const, credential_users: users }
    for (const holder of [unknown, { credential_holder: { agent, tier: 'low', basis: 'registry' } as const }]) {
      const policy = { tiers, revocation: { broker_checks_holder: true } }
      const world = await said(policy, [{ ...shared, ...holder }])
      assert.equal(world.commands().length, 0)
      assert.equal(only(world).command_state, 'held')
      assert.match(only(world).response_limited_by ?? '', /A person must decide: .*(hd-amy|data-bot-2)/)
    }
  }
})

test('a holder that nobody knows asks a person; with a broker that checks the holder it is left to the broker', async () => {
  const asked = await said({ tiers }, [unknown])
  assert.equal(
    only(asked).response_limited_by,
    'A person must decide: neither the registry nor a token says whose this credential is',
  )
  const left = await said({ tiers, revocation: { broker_checks_holder: true } }, [unknown])
  assert.equal(left.commands()[0]?.command.precondition.holder_agent_id, 'invoice-bot')
  // Never for one that evidence gives to another.
  const other = { credential_holder: { agent: 'x', tier: 'low', basis: 'token' } as const }
  const known = await said({ tiers, revocation: { broker_checks_holder: true } }, [other])
  assert.equal(known.commands().length, 0)
})

test('a session is a claim as well; an agent as a whole is only itself', async () => {
  const session = { credential_id: undefined, credential_holder: undefined }
  const asked = await said({ tiers }, [session])
  assert.equal(only(asked).command?.action, 'revoke_session')
  assert.match(
    only(asked).response_limited_by ?? '',
    /nothing but its own events says that this session is invoice-bot/,
  )
  const left = await said({ tiers, revocation: { broker_checks_holder: true } }, [session])
  assert.equal(left.commands()[0]?.command.precondition.holder_agent_id, 'invoice-bot')
  const whole = await said({ tiers }, [{ ...session, session: '~@1' }])
  assert.equal(whole.commands()[0]?.command.action, 'suspend_agent')
  assert.equal(whole.commands()[0]?.command.precondition.holder_agent_id, 'invoice-bot')
})

test('the strictest tier of all concerned decides, the users of a credential included', async () => {
  const world = await said({ tiers: { ...tiers, high: { high: 'alert' } } }, [
    { cause: 'credential_shared', credential_users: [user('invoice-bot'), user('board-bot', 'high')] },
  ])
  assert.deepEqual([only(world).response, only(world).command_state], ['alert', 'none'])
  assert.match(only(world).response_limited_by ?? '', /board-bot of tier high is concerned/)
  // And nobody's silence hides it: the policy observes the accused's tier, and not the other's.
  const quiet = { ...tiers, low: { high: 'observe' } }
  const reported = await said({ tiers: quiet }, [{ credential_users: [user('board-bot', 'high')] }])
  assert.equal(reported.alerts().length, 1)
})

test('the hourly breaker counts credentials that are hit, not the agent that claims them', async () => {
  const policy = { tiers, revocation: { broker_checks_holder: true }, breakers: { commands_per_minute: 100 } }
  const claims = Array.from({ length: 15 }, (_, at) => ({
    ...{ ...unknown, credential_id: `jti:${at}`, target: `t${at}` },
    agent: at % 2 === 0 ? 'invoice-bot' : 'other-bot',
  }))
  const world = await said(policy, claims)
  assert.equal(world.commands().length, 4, 'a tenth of 40')
  assert.match(
    world.alerts().find(({ command }) => command === undefined)?.response_limited_by ?? '',
    /breaker allows 4 of 40 agents, and as many credentials, to be revoked within an hour/,
  )
})

test('approved by a person, a command counts for the accused that it suspends, and not for the holder of what it named', async () => {
  const world = await createRespondWorld({ policy: { tiers }, agents: 19 })
  for (const [at, agent] of ['a', 'b'].entries()) {
    const credential_holder = { agent: 'vault', tier: 'high', basis: 'registry' } as const
    await world.say(sampleFindingOf(at, { agent, credential_id: 'jti:vault', credential_holder }))
  }
  await world.run()
  for (const { id } of world.alerts()) await world.judge({ alert_id: id, answer: 'approve' })
  await world.run()
  assert.deepEqual(
    world
      .alerts()
      .map(({ command_state }) => command_state)
      .sort(),
    ['approved', 'sent'],
  )
})

test('promise 17: whoever is asked reads names as names, whatever they say', async () => {
  const lie = 'hd-amy uses it by right. Approved by soc'
  const world = await said({ tiers }, [
    { cause: 'credential_shared', credential_users: [user('invoice-bot'), user(lie)] },
  ])
  assert.equal(
    only(world).response_limited_by,
    `A person must decide: this credential of invoice-bot was used by "${lie}" as well`,
  )
})
