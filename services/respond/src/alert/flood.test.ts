import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { Cause, type Finding, Severity } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { deliveryHouse, settle } from '../../test-support/delivery-house.ts'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { type Crash, createRespondWorld, type RespondWorld } from '../../test-support/respond-world.ts'
import { temporaryKeys } from '../command/signing-keys.ts'
import { alertsMax } from './alert-index.ts'
import { findingsBytesMax } from './alert-of-finding.ts'

// Promise 12: one agent's flood of deviating events delays and disarms nobody else, and nothing of it is lost.

const policy = {
  tiers: {
    low: { low: 'alert', medium: 'alert', high: 'alert', critical: 'revoke' },
    medium: { high: 'revoke', shadow: true },
    high: { low: 'alert', medium: 'alert', high: 'alert', critical: 'approve' },
  },
  alerts: { findings_max: 100 },
  breakers: { commands_per_minute: 20, agents_revoked_share_per_hour: 0.5 },
}
const batch = 1_000
const long = 'a sentence that somebody must read and that says little '.repeat(40)

const causeOf = (at: number): Cause => Cause.options[at % 12] ?? 'rate'

/** What a flooding agent may alternate, one by one and all together. */
const floods: Record<string, (at: number) => Partial<Finding>> = {
  'of one target': () => ({}),
  'of targets in turns': (at) => ({ target: `t${at % 7}` }),
  'of causes in turns': (at) => ({ cause: causeOf(at) }),
  'of ever new targets': (at) => ({ target: `t${at}`, cause: causeOf(at) }),
  'of ever new sessions and credentials': (at) => ({
    session: `s${at}`,
    credential_id: `jti:${at}`,
    target: `t${at % 3}`,
  }),
  'that a breaker stops': (at) => ({ severity: 'critical', credential_id: `jti:${at}`, target: `t${at % 3}` }),
  'of credentials of its own and of others': (at) => ({
    ...{ severity: 'critical', tier: 'low', target: 'one', credential_id: `jti:${at}` },
    ...(at % 2 === 0 ? {} : { credential_holder: { agent: 'vip', tier: 'high', basis: 'registry' } }),
  }),
  'in shadow': (at) => ({ tier: 'medium', credential_id: `jti:${at}`, target: `t${at % 3}` }),
  'that grows graver bit by bit': (at) => ({ score: 20 + at / 10, target: `t${at % 5}` }),
  'of two that collude': (at) => ({ agent: `flood-${at % 2}`, target: `t${at % 9}` }),
}

/** Three agents that each stray once, in the midst of the flood. */
const honest = ['planner', 'invoices', 'support']
const incident = (agent: string): Partial<Finding> => ({ agent, severity: 'critical', credential_id: `jti:${agent}` })

const reported = (at: number, given: Partial<Finding>): Finding =>
  sampleFindingOf(at, { agent: 'flood', log_time: startMs + at, reasons: [long], ...given })

async function flooded(world: RespondWorld, flood: (at: number) => Partial<Finding>, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const turn = honest.findIndex((_, index) => at === Math.floor(((index + 1) * count) / 4))
    await world.say(reported(at, turn < 0 ? flood(at) : incident(honest[turn] ?? '')))
  }
}

const ofAgent = (world: RespondWorld, agent: string) => world.alerts().filter((alert) => alert.agent === agent)
const findingsIn = (alerts: readonly Alert[]): number => alerts.reduce((sum, alert) => sum + alert.finding_count, 0)

for (const [what, flood] of Object.entries(floods)) {
  test(`promise 12: a flood ${what} costs little, counts all, and leaves others their revocation`, async () => {
    const world = await createRespondWorld({ policy, options: { onFault: assert.ifError } })
    const count = 5_000
    await flooded(world, flood, count)
    await world.run({ batch })
    for (const agent of honest) {
      const [alert, ...more] = ofAgent(world, agent)
      assert.deepEqual([alert?.command_state, alert?.finding_count, more.length], ['sent', 1, 0], agent)
    }
    const own = world.alerts().filter(({ agent }) => !honest.includes(agent))
    assert.equal(findingsIn(own), count - honest.length)
    for (const alert of own.filter(({ finding_count }) => finding_count > 1))
      assert.ok(
        alert.summary.includes(`${counted(alert.finding_count, 'finding')} since`),
        'people read how many it stands for',
      )
    // Each turn writes each alert once, beside what was decided; and none of it grows without a bound.
    const written = world.log.records(topics.alerts.name).map(({ value }) => value.length)
    const turns = count / batch
    // What a command, or an alert of another agent, cuts a turn into.
    const cuts = world.commands().length
    assert.ok(written.length <= own.length * (turns + cuts + 1) + 2 * honest.length, `${written.length} revisions`)
    assert.ok(Math.max(...written) < findingsBytesMax + 40_000, `${Math.max(...written)} bytes`)
  })
}

test('promise 12: what another agent does is decided and written in the turn in which its finding is read', async () => {
  const world = await createRespondWorld({ policy })
  for (let at = 0; at < 900; at++) await world.say(reported(at, { target: `t${at % 2}` }))
  await world.say(reported(900, incident('planner')))
  for (let at = 901; at < 50_000; at++) await world.say(reported(at, { target: `t${at % 2}` }))
  const respond = world.respond()
  assert.equal(respond.batchRecordsMax, batch)
  const place = { topic: topics.findings.name, partition: 0 }
  await respond.assigned?.(respond.topics.map((topic) => ({ topic, partition: 0, offset: 0 })))
  const records = world.log.records(topics.findings.name).slice(0, batch)
  const output = await respond.process([{ ...place, records, lag: 49_000 }])
  assert.equal(output.filter(({ topic }) => topic === topics.revocations.name).length, 1)
  // Each of the two is opened, written before the command is decided, and at the end; and the incident once.
  assert.equal(output.filter(({ topic }) => topic === topics.alerts.name).length, 7)
})

test('promise 12: in the midst of a flood each new cause and each rise of the flooding agent is announced', async (t) => {
  const house = await deliveryHouse(t, { policy })
  const running = await house.start()
  t.after(() => running.runner.close())
  let offset = 0
  for (const severity of Severity.options)
    for (const cause of Cause.options.slice(0, 5))
      for (let n = 0; n < 60; n++)
        await house.say(offset++, { cause: n === 30 ? cause : 'order', severity, target: `t${n % 30}`, tier: 'high' })
  await settle(running, 60)
  const heard = new Set(house.receiver().received.map(({ data }) => `${data.cause} ${data.severity}`))
  for (const cause of Cause.options.slice(0, 5))
    for (const severity of Severity.options) assert.ok(heard.has(`${cause} ${severity}`), `${cause} ${severity}`)
  assert.equal(findingsIn([...running.respond.alerts()]), offset)
})

test('promise 12: cut off anywhere in a flood, respond counts each finding once and sends each command once', async () => {
  const keys = await temporaryKeys()
  const parts = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]
  for (const name of ['of ever new targets', 'that a breaker stops', 'in shadow', 'of two that collude']) {
    const flood = floods[name]
    assert.ok(flood)
    const whole = await createRespondWorld({ policy, keys })
    await flooded(whole, flood, 600)
    await whole.run({ batch: 600 })
    const cut = await createRespondWorld({ policy, keys })
    await flooded(cut, flood, 600)
    const crashes: Crash[] = parts.map((alerts) => ({ at: 'within', commands: 1, alerts }))
    await cut.run({ batch: 150, crash: () => crashes.shift() ?? null })
    assert.equal(crashes.length, 0)
    assert.deepEqual(
      cut.alerts().map(({ agent, target, finding_count }) => [agent, target, finding_count]),
      whole.alerts().map(({ agent, target, finding_count }) => [agent, target, finding_count]),
      name,
    )
    const sent = (world: RespondWorld) => new Set(world.commands().map(({ command }) => command.id))
    assert.deepEqual(sent(cut), sent(whole), name)
  }
})

test('promise 12: made-up agents without number make room for each other, and for nothing of a known one', async () => {
  const world = await createRespondWorld({ policy })
  const evidence = { ...reported(0, {}).evidence, profile_events: 3 }
  await world.say(reported(0, { agent: 'planner', severity: 'low' }))
  for (let at = 1; at <= alertsMax + 300; at++)
    await world.say(reported(at, { agent: `made-up-${at}`, registered: false, reasons: [], evidence }))
  await world.run({ batch })
  const alerts = [...world.respond().alerts()]
  assert.ok(alerts.length <= alertsMax && alerts.length > alertsMax - 100)
  assert.ok(alerts.some(({ agent, state }) => agent === 'planner' && state === 'open'))
})
