import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs, hourMs, minuteMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { createRespondWorld, type RespondWorld, type WorldOptions } from '../../test-support/respond-world.ts'
import { wants } from '../deliver/plan-deliveries.ts'
import { alertOfFinding, withFinding } from './alert-of-finding.ts'
import { aboutAll, isNewsOf, withPeer } from './role-change.ts'

// Promise 19: what several of a role begin is one alert, and nobody is silenced by it.

let offset = 0
/** An agent of a helpdesk of three that uses a system it never used. */
function begins(agent: string, given: Partial<Finding> = {}): Finding {
  offset++
  const evidence = { ...sampleFindingOf(0).evidence, peer_group: 'role:helpdesk', peers: 2, ...given.evidence }
  return sampleFindingOf(offset, {
    ...{ agent, cause: 'new_system', target: 'kb', system: 'kb', action: 'articles.search', tier: 'medium' },
    ...{ owner: 'it@acme.example', credential_id: `jti:${agent}`, severity: 'critical' },
    ...given,
    evidence,
  } as Partial<Finding>)
}

const asks = { tiers: { medium: { high: 'approve', critical: 'approve' } } }

async function after(findings: readonly Finding[], given: WorldOptions = {}): Promise<RespondWorld> {
  const world = await createRespondWorld(given)
  for (const finding of findings) await world.say(finding)
  await world.run()
  return world
}

const only = (world: RespondWorld): Alert => {
  const [alert, ...more] = world.alerts()
  assert.ok(alert !== undefined && more.length === 0, `one alert, not ${more.length + 1}`)
  return alert
}
const namesOf = ({ role_change }: Alert) => role_change?.agents.map(({ agent }) => agent)

test('three peers that begin the same within a day are one alert, which says so in one sentence', async () => {
  const world = await after([
    begins('amy'),
    begins('ben', { log_time: startMs + hourMs }),
    begins('cat', { log_time: startMs + 2 * hourMs }),
    begins('ben', { log_time: startMs + 3 * hourMs }),
  ])
  const alert = only(world)
  assert.deepEqual(namesOf(alert), ['amy', 'ben', 'cat'])
  assert.deepEqual([alert.agent, alert.finding_count, alert.role_change?.size], ['amy', 4, 3])
  assert.match(
    alert.summary,
    /^3 of 3 helpdesk agents began kb\/articles\.search since 10:00 UTC \(amy, ben and cat\)\. /,
  )
})

test('what began a day after the latest, elsewhere, or as something else is an alert of its own', async () => {
  const world = await after([
    begins('amy'),
    begins('ben', { log_time: startMs + dayMs + minuteMs }),
    begins('cat', { target: 'payroll' }),
    begins('dan', { evidence: { ...sampleFindingOf(0).evidence, peer_group: 'role:finance' } }),
    begins('eve', { evidence: { ...sampleFindingOf(0).evidence, peer_group: '*' } }),
    begins('amy', { cause: 'volume' }),
    begins('ben', { cause: 'volume' }),
  ])
  assert.equal(world.alerts().length, 7)
  assert.ok(world.alerts().every(({ role_change }) => role_change === undefined))
})

test('the alert is as grave as the gravest, and is announced anew at the second, fourth and last agent and for each owner', () => {
  const evidence = { ...sampleFindingOf(0).evidence, peer_group: 'role:helpdesk', peers: 6 }
  const first = begins('amy', { evidence, severity: 'low' })
  const group = { tenant: 'acme', agent: 'amy', cause: 'new_system', target: 'kb' } as const
  let alert = alertOfFinding(first, group)
  const heard: string[] = []
  for (const agent of ['ben', 'cat', 'dan', 'eve', 'fay', 'gus']) {
    const owner = agent === 'fay' ? 'hr@acme.example' : 'it@acme.example'
    const finding = begins(agent, { evidence, owner, severity: agent === 'cat' ? 'critical' : 'low' })
    const grown = aboutAll(alert, withFinding(withPeer(alert, finding), finding, 10))
    if (isNewsOf(alert, grown)) heard.push(agent)
    alert = grown
  }
  assert.deepEqual(heard, ['ben', 'dan', 'fay', 'gus'])
  assert.equal(alert.severity, 'critical')
})

test('two hijacked peers silence nothing: no verdict, no learning, and both are asked about, one after the other', async () => {
  const world = await after([begins('amy'), begins('ben')], { policy: asks })
  assert.deepEqual(
    [only(world).command_state, only(world).command?.subject.agent_id, only(world).postponed?.length],
    ['held', 'amy', 1],
  )
  assert.match(only(world).summary, /1 more command of other agents will be asked about next/)
  await world.judge({ alert_id: only(world).id, answer: 'approve' })
  await world.run()
  await world.answer(world.commands()[0]!.command, 'applied')
  await world.run()
  assert.deepEqual([only(world).command_state, only(world).command?.subject.agent_id], ['held', 'ben'])
  await world.judge({ alert_id: only(world).id, answer: 'approve' })
  await world.run()
  assert.deepEqual(
    world.commands().map(({ command }) => command.subject.agent_id),
    ['amy', 'ben'],
  )
})

test('what the policy revokes at once is revoked, by an alert of its own agent', async () => {
  const world = await after([begins('amy'), begins('ben'), begins('ben')], {
    policy: { tiers: { medium: { critical: 'revoke' } } },
  })
  assert.deepEqual(
    world.commands().map(({ command }) => command.subject.agent_id),
    ['amy', 'ben'],
  )
  assert.equal(world.alerts().length, 2)
})

const revokes = { tiers: { medium: { high: 'revoke', critical: 'revoke' } } }
const terms = (...given: readonly (readonly [string, number])[]) => ({
  contributions: given.map(([feature, contribution]) => ({
    ...{ feature, value: 1, contribution, expected: 'never', seen: 'kb' },
  })),
})
/** What a call of a new tool brings along, as roll-outs were measured. */
const tool = [
  ['system_new', 71.5],
  ['misplaced_excess', 12],
  ['step_new_peers', 4],
  ['received_surprise', 1],
] as const
const uses = (agent: string, given: Partial<Finding> = {}) => begins(agent, { ...terms(...tool), ...given })
const revoked = (world: RespondWorld) => world.commands().map(({ command }) => command.subject.agent_id)

test('a tool that a second agent begins is one question, once the first was stopped: no command for each call of each', async () => {
  const world = await after(
    [
      ...[uses('amy'), uses('ben'), uses('cat'), uses('amy', { credential_id: 'jti:next' })],
      ...[uses('ben', { log_time: startMs + hourMs }), uses('cat', { log_time: startMs + 2 * hourMs })],
    ],
    { policy: revokes },
  )
  assert.deepEqual(revoked(world), ['amy'])
  const alert = only(world)
  assert.deepEqual([alert.state, alert.command_state], ['awaiting_approval', 'held'])
  assert.match(
    alert.response_limited_by ?? '',
    /^A person must decide: \d helpdesk agents began it, and nothing here goes beyond that$/,
  )
  world.restart()
  await world.say(uses('dan', { log_time: startMs + 3 * hourMs }))
  await world.run()
  assert.deepEqual(revoked(world), ['amy'])
  // Whoever calls it false reads that the first agent is stopped still, though the alert has asked about others since.
  await world.judge({ alert_id: only(world).id, answer: 'false' })
  await world.run()
  const [sent] = world.commands()
  assert.match(world.outcomes().at(-1)?.message ?? '', new RegExp(`may stand: amy by ${sent?.command.id}\\. Undo each`))
})

test('what goes beyond the tool is stopped at once, however many agents begin it together', async () => {
  for (const more of [
    terms(...tool, ['amount_excess', 0.5]),
    terms(...tool, ['session_excess', 0.5]),
    terms(...tool, ['external_new', 0.5]),
    terms(...tool, ['destination_surprise', 16]),
    terms(...tool, ['privilege_new', 6]),
    terms(...tool, ['write_after_reading', 6]),
    terms(...tool, ['window_excess', 8]),
    terms(...tool, ['consequential_excess', 2]),
    terms(...tool, ['outside_boundary', 40]),
    terms(...tool, ['of_a_later_model', 5]),
  ]) {
    const world = await after([uses('amy'), uses('ben'), uses('cat'), uses('cat', more)], { policy: revokes })
    assert.deepEqual(revoked(world), ['amy', 'cat'], JSON.stringify(more))
  }
  // A place that data goes to is no tool.
  const place = { cause: 'new_destination', target: 'evil.example' } as const
  const sent = await after([uses('amy', place), uses('ben', place)], { policy: revokes })
  assert.deepEqual(revoked(sent), ['amy', 'ben'])
})

test('three hijacked agents of a role that begin one tool at once are alerted, and a person’s word ends the mildness', async () => {
  const world = await after([uses('amy'), uses('ben'), uses('cat')], { policy: revokes })
  assert.deepEqual([only(world).severity, namesOf(only(world))], ['critical', ['amy', 'ben', 'cat']])
  await world.judge({ alert_id: only(world).id, answer: 'approve' })
  await world.run()
  assert.deepEqual(revoked(world), ['amy', 'ben'])
  // Whoever approves one is asked about the next, and goes on being asked. Once it is called an attack, the policy answers by itself.
  assert.deepEqual([only(world).command_state, only(world).command?.subject.agent_id], ['held', 'cat'])
  await world.judge({ alert_id: only(world).id, answer: 'true', alert_revision: only(world).revision })
  await world.run()
  await world.say(uses('cat', { log_time: startMs + minuteMs, credential_id: 'jti:next' }))
  await world.run()
  assert.deepEqual(revoked(world), ['amy', 'ben', 'cat'])
})

test('a person’s word stands for those it saw: who begins after it has an alert of his own', async () => {
  const world = await after([begins('amy'), begins('ben')])
  await world.judge({ alert_id: only(world).id, answer: 'false' })
  await world.run()
  assert.equal(only(world).close_reason, 'verdict_false')
  await world.say(begins('cat', { log_time: startMs + minuteMs }))
  await world.run()
  const open = world.alerts().filter(({ state }) => state === 'open')
  assert.deepEqual(
    open.map(({ agent }) => agent),
    ['cat'],
  )
})

test('a word on an alert as it was before another agent joined is refused: nobody is acquitted whom the person never saw', async () => {
  for (const answer of ['false', 'true'] as const) {
    const world = await after([begins('amy')])
    const seen = only(world)
    await world.say(begins('ben', { log_time: startMs + minuteMs }))
    await world.run()
    await world.say(begins('cat', { log_time: startMs + 2 * minuteMs }))
    await world.run()
    const withBoth = only(world)
    assert.match(withBoth.summary, /amy, ben and cat/)
    for (const alert_revision of [seen.revision, withBoth.revision - 1, undefined])
      await world.judge({ alert_id: seen.id, answer, alert_revision })
    await world.run()
    assert.deepEqual(
      world.outcomes().map(({ code }) => code),
      ['older_revision', 'older_revision', 'unbound'],
    )
    assert.match(
      world.outcomes()[0]?.message ?? '',
      new RegExp(`about 3 agents since revision 3, and revision 1 was called ${answer}`),
    )
    assert.deepEqual([only(world).state, only(world).verdicts], ['open', []])
    // More of the same agents changes nothing about who was seen.
    await world.say(begins('cat', { log_time: startMs + 3 * minuteMs }))
    await world.run()
    world.restart()
    await world.judge({ alert_id: seen.id, answer, alert_revision: withBoth.revision })
    await world.run()
    assert.deepEqual([world.outcomes().at(-1)?.code, only(world).state], ['accepted', 'closed'])
  }
})

test('a third agent that matters more than the two before it is announced', async () => {
  const evidence = { ...sampleFindingOf(0).evidence, peer_group: 'role:helpdesk', peers: 9 }
  const group = { tenant: 'acme', agent: 'amy', cause: 'new_system', target: 'kb' } as const
  let alert = alertOfFinding(begins('amy', { evidence, tier: 'low' }), group)
  const heard: string[] = []
  for (const [agent, tier] of [
    ['ben', 'low'],
    ['boss', 'critical'],
    ['cat', 'low'],
    ['dan', 'critical'],
  ] as const) {
    const finding = begins(agent, { evidence, tier })
    const grown = aboutAll(alert, withFinding(withPeer(alert, finding), finding, 10))
    if (isNewsOf(alert, grown)) heard.push(agent)
    alert = grown
  }
  assert.deepEqual(heard, ['ben', 'boss', 'cat'])
})

test('a restart forgets nobody: the next of them joins the same alert, and one that is in it stays in it', async () => {
  const world = await after([begins('amy'), begins('ben')])
  world.restart()
  await world.say(begins('cat', { log_time: startMs + minuteMs }))
  await world.say(begins('ben', { log_time: startMs + 2 * minuteMs }))
  await world.run()
  assert.deepEqual(namesOf(only(world)), ['amy', 'ben', 'cat'])
  assert.equal(only(world).finding_count, 4)
})

test('a webhook of another agent’s owner hears of an alert that this agent joins', async () => {
  const world = await after([begins('amy'), begins('ben', { owner: 'hr@acme.example', tier: 'high' })])
  const webhook = { name: 'hr', severity_min: 'low', timeout_seconds: 1, allow_private: false } as const
  assert.equal(wants({ ...webhook, owners: ['hr@acme.example'] }, only(world)), true)
  assert.equal(wants({ ...webhook, tiers: ['medium'] }, only(world)), true)
  assert.equal(wants({ ...webhook, owners: ['x@acme.example'] }, only(world)), false)
  assert.deepEqual([only(world).owner, only(world).tier], ['it@acme.example', 'high'])
})
