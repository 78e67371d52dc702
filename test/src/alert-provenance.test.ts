import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import { type Browser, type ConsoleRun, openConsoleRun } from '../test-support/console-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'
import { historyOf, officeWork } from '../test-support/office-work.ts'

// An alert's page over a real store: from which output the arguments came, and what its peers say; or why they say nothing.

const agents = ['bot-0', 'bot-1', 'bot-2']
const now = Date.now()
let up: ConsoleRun
let admin: Browser

let made = 0
/** The record of a finding of its own event. */
const found = (event_id: string, given: Partial<Finding> = {}) => {
  const finding = Finding.parse({
    ...{
      id: `fnd_${event_id}`,
      tenant: 'default',
      agent: 'bot-0',
      tier: 'low',
      registered: true,
      session: 's1',
      event_id,
    },
    ...{ log: { topic: 'agent.events.v1', partition: 0, offset: 1_000_000 + made++ } },
    ...{ source: { partition: 0, offset: 1, index: 0 }, time: now, log_time: now, system: 'erp', action: 'pay' },
    ...{ score: 21.5, risk: 6.2, p_value: 0.00001, severity: 'high', cause: 'data_flow', target: 'erp/pay.to' },
    ...{ held_out: true, contributions: [], reasons: ['paid what a mail named'], techniques: [] },
    evidence: { profile_events: 812, profile_days: 30, peer_group: '*', peers: 2, knowledge_version: 1, model: 'm' },
    ...given,
  })
  return { topic: topics.findings.name, key: finding.id, value: JSON.stringify(finding) }
}

const call = (id: string, at: number, given: object) =>
  nativeRecord({ id, agent: 'bot-0', session: 's1', time: now - minuteMs + at, system: 'erp', action: 'get', ...given })

before(async () => {
  up = await openConsoleRun({
    registry: { version: 1, agents: agents.map((agent) => ({ agent, role: 'clerk', owner: 'dana@acme.example' })) },
  })
  await up.run.baseline().importHistory(historyOf(officeWork({ agents, from: now - 20 * dayMs, days: 19 })))
  await up.run.drain()
  const invoice = 'n:4f1e2c'
  const account = 'a:9be001'
  await up.run.log.append([
    call('m1', 1, { system: 'mail', action: 'read', argument_values: {}, result_values: [invoice] }),
    call('g1', 2, { argument_values: { id: [invoice] }, result_values: [account, 'd:12'] }),
    call('x1', 3, { argument_values: { id: ['n:other'] }, result_values: ['n:nothing'] }),
    call('p1', 4, { action: 'pay', argument_values: { to: [account], amount: ['d:12'] }, result_values: [] }),
  ])
  await up.run.drain()
  await up.run.log.append([
    found('p1'),
    found('q1', {
      session: 's2',
      system: 'crm',
      action: 'contacts.find',
      cause: 'volume',
      target: 'crm/contacts.find',
    }),
    found('r1', { session: 's3', cause: 'slow_ramp', target: 'sent by the day' }),
    found('s1', { session: 's4', cause: 'silent_agent', target: 'bot-0' }),
    found('g9', { session: 's5', cause: 'order', evidence: { ...evidence, fed_by: ['long-gone'] }, target: 'g' }),
  ])
  await up.run.drain()
  await up.addUser({ name: 'root', role: 'admin' })
  admin = await up.browser('root')
})
after(() => up?.close())

const evidence = { profile_events: 1, profile_days: 1, peer_group: '*', peers: 0, knowledge_version: 1, model: 'm' }

async function alertOf(cause: string) {
  const { items } = await admin.ask('alerts', { state: 'all', limit: 200 })
  const row = items.find((one) => one.cause === cause && one.agent === 'bot-0')
  return admin.ask('alert', { id: row?.id ?? assert.fail(`no alert of cause ${cause}`) })
}

test('the path leads from what is reported back through the session, with the arguments, and leaves out what anybody can guess', async () => {
  const { provenance } = await alertOf('data_flow')
  assert.deepEqual(
    provenance.calls.map(({ event_id, step, reported }) => [event_id, step, reported]),
    [
      ['m1', 'mail/read', false],
      ['g1', 'erp/get', false],
      ['p1', 'erp/pay', true],
    ],
  )
  assert.deepEqual(provenance.feeds, [
    { from: 'g1', to: 'p1', argument: 'to' },
    { from: 'm1', to: 'g1', argument: 'id' },
  ])
  assert.equal(
    provenance.sentence,
    'The argument to of erp/pay came out of erp/get, which was asked with the argument id out of mail/read.',
  )
})

test('what a finding says of its origin stands, also where the call is not stored any more; where nothing fed, nothing is shown', async () => {
  const { provenance } = await alertOf('order')
  assert.deepEqual(provenance.feeds, [{ from: 'long-gone', to: 'g9', argument: null }])
  assert.match(provenance.sentence ?? '', /^An argument of erp\/pay came out of event long-gone\.$/)
  assert.deepEqual((await alertOf('volume')).provenance, { calls: [], feeds: [], more: false, sentence: null })
})

test('peers are counted where they say something; what is found beside the score says against what it was found', async () => {
  const { peers } = await alertOf('volume')
  assert.equal(peers.peers, 2)
  assert.match(peers.sentence, /^(All|1|None) of 2 peers in the role clerk (ever )?did crm\/contacts\.find\.$/)
  for (const cause of ['slow_ramp', 'silent_agent']) {
    const { that_do, peers: count, sentence } = (await alertOf(cause)).peers
    assert.deepEqual([that_do, count], [null, 0])
    assert.match(sentence, /What its peers do says nothing of it\.$/)
    assert.doesNotMatch(sentence, /\d of \d/)
  }
})
