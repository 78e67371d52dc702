import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import fc from 'fast-check'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'

// Promise 19: a rename that nobody announced is one alert, and whoever takes a name hides nothing behind it.

let offset = 0
const newcomer = (given: Partial<Finding> = {}): Finding => {
  offset++
  const { credential_holder: _holder, owner: _owner, ...rest } = sampleFindingOf(offset)
  return {
    ...rest,
    ...{
      agent: 'pr-reviewer',
      registered: false,
      tier: 'medium',
      severity: 'medium',
      credential_id: 'jti:new',
      system: 'git',
      action: 'pull.read',
    },
    ...{ log_time: startMs + offset * 1000, ...given },
  } as Finding
}
const rename = (given: Partial<Finding> = {}): Finding =>
  newcomer({
    ...{ cause: 'renamed_agent', target: 'code-reviewer', score: 31 },
    renamed_from: {
      agent: 'code-reviewer',
      last_heard: startMs - hourMs,
      targets: ['git', 'git/pull.read', 'docs.example'],
    },
    ...given,
  })
const began = (cause: Finding['cause'], target: string, given: Partial<Finding> = {}) =>
  newcomer({ cause, target, ...given })

async function after(findings: readonly Finding[]): Promise<RespondWorld> {
  const world = await createRespondWorld({
    policy: { tiers: { medium: { medium: 'revoke', high: 'revoke', critical: 'revoke' } } },
  })
  for (const finding of findings) await world.say(finding)
  await world.run()
  return world
}
const shown = (world: RespondWorld): string[] => world.alerts().map(({ cause, target }) => `${cause} ${target}`)
const only = (world: RespondWorld): Alert => {
  const [alert, ...more] = world.alerts()
  assert.ok(alert !== undefined && more.length === 0, shown(world).join(', '))
  return alert
}

test('what the old name did as well, and its silence, are counted in the one alert', async () => {
  const world = await after([
    rename(),
    began('new_system', 'git'),
    began('new_destination', 'docs.example'),
    began('new_destination', 'docs.example', { severity: 'low' }),
    newcomer({ agent: 'code-reviewer', registered: true, cause: 'silent_agent', target: 'code-reviewer', score: 30 }),
  ])
  const alert = only(world)
  assert.match(alert.summary, /^pr-reviewer looks like code-reviewer under a new name\. /)
  assert.deepEqual([alert.agent, alert.finding_count, alert.tier], ['pr-reviewer', 5, 'medium'])
  assert.equal(world.commands().length, 0)
})

test('what the old name never did, and every other cause, is an alert of its own', async () => {
  const world = await after([
    rename(),
    began('new_destination', 'drop.evil.example'),
    began('volume', 'git/pull.read'),
    began('credential_shared', 'jti:new', { severity: 'critical' }),
    began('new_system', 'git', { agent: 'another' }),
    began('new_system', 'git', { tenant: 'globex' }),
  ])
  assert.equal(world.alerts().length, 6)
})

test('a known system covers no strange action and no strange place', async () => {
  const world = await after([
    rename(),
    began('new_system', 'git', { action: 'repository.delete' }),
    began('new_system', 'git', { destinations: ['https://docs.example/x'] }),
  ])
  assert.equal(world.alerts().length, 2)
  const elsewhere = began('new_action', 'git/pull.read', { destinations: ['docs.example', 'mailto:drop@evil.example'] })
  await world.say(elsewhere)
  await world.run()
  assert.equal(world.alerts().length, 3)
})

test('people hear of a new cause and of a higher severity, not of more of the same', async () => {
  const heard: string[] = []
  const world = await createRespondWorld({
    policy: { webhooks: [{ name: 'soc', url: 'https://soc.example/hook' }] },
    options: { deliver: async () => ({ result: 'delivered', status: 200 }) },
  })
  for (const finding of [
    rename(),
    began('new_system', 'git'),
    began('new_system', 'git'),
    began('new_system', 'git', { severity: 'critical' }),
  ]) {
    await world.say(finding)
    await world.run()
    heard.push(
      world
        .alerts()[0]
        ?.deliveries.map(({ event }) => event.split('.').at(-1))
        .join(' ') ?? '',
    )
  }
  assert.equal(only(world).severity, 'critical')
  assert.equal(new Set(heard).size, 3, heard.join(' | '))
})

test('the old name is alive: the alert is graver, says so, and counts nothing more in', async () => {
  const again = { agent: 'code-reviewer', last_heard: startMs, targets: ['git'], heard_again: startMs + hourMs }
  const world = await after([
    rename(),
    rename({ severity: 'high', score: 60, renamed_from: again }),
    began('new_system', 'git'),
  ])
  assert.equal(world.alerts().length, 2)
  const alert = world.alerts().find(({ cause }) => cause === 'renamed_agent')
  assert.match(alert?.summary ?? '', /^pr-reviewer acts like code-reviewer, which is still active\. /)
  assert.equal(alert?.severity, 'high')
})

test('after a word nothing more is counted in, and the answer says what to write into the registry', async () => {
  const world = await after([rename()])
  await world.judge({ alert_id: only(world).id, answer: 'false' })
  await world.run()
  const said = world.outcomes().at(-1)?.message ?? ''
  assert.match(said, /write into the registry: - \{ tenant: acme, agent: code-reviewer, aliases: \[pr-reviewer\] \}/)
  await world.say(began('new_system', 'git'))
  await world.run()
  assert.deepEqual(shown(world).sort(), ['new_system git', 'renamed_agent code-reviewer'])
})

test('property: no finding of another cause or place is ever counted into the alert of a rename', async () => {
  const cause = fc.constantFrom<Finding['cause']>('new_system', 'new_action', 'new_destination', 'volume', 'privilege')
  const target = fc.constantFrom('git', 'git/pull.read', 'docs.example', 'payroll', 'drop.evil.example')
  const severity = fc.constantFrom<Finding['severity']>('medium', 'high', 'critical')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ cause, target, severity }), { maxLength: 12 }), async (findings) => {
      const world = await after([
        rename(),
        ...findings.map(({ cause, target, severity }) => began(cause, target, { severity })),
      ])
      const alert = world.alerts().find((one) => one.cause === 'renamed_agent')
      for (const one of alert?.findings ?? [])
        assert.ok(one.cause === 'renamed_agent' || ['git', 'git/pull.read', 'docs.example'].includes(one.target))
      for (const one of findings.filter(({ cause, target }) => cause === 'volume' || target === 'payroll'))
        assert.ok(shown(world).includes(`${one.cause} ${one.target}`))
    }),
    { numRuns: 30 },
  )
})
