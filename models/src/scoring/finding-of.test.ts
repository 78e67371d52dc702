import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { Finding } from '@straylight/schemas/finding'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { judgingContextOf } from '../../test-support/judging-context-of.ts'
import { artifactOf } from '../../test-support/model-of.ts'
import { reasonText } from '../features/explanation.ts'
import { findingIdOf, findingOf, severityOf } from './finding-of.ts'
import { conclude, observe } from './judge.ts'
import { defaultSum, sumWithoutProvenance } from './transparent-sum.ts'

const place = { topic: 'agent.events.v1', partition: 3, offset: 41, log_time: noon + 31 * dayMs + 5 }

/** Ten days of exports to the own file server, four an agent and day; the peer writes to another address now and then. */
const history = Array.from({ length: 80 }, (_, at) =>
  eventOf({
    agent: at % 2 === 0 ? 'bot' : 'peer',
    session: `h${Math.floor(at / 8)}`,
    system: 'erp',
    action: at % 4 < 2 ? 'invoices.read' : 'invoices.export',
    ...(at % 4 >= 2 && { destinations: ['sftp://files.acme.example'] }),
    argument_names: ['month'],
    bytes_sent: 200,
    bytes_received: 40_000 + at,
    records: 300,
    privilege: 'read',
    outcome: 'success',
    time: noon + Math.floor(at / 8) * dayMs + at * 1000,
  }),
)
const strange = eventOf({
  id: 'evt-1',
  owner: 'finance@acme.example',
  session: 'run-81',
  system: 'erp',
  action: 'invoices.export',
  resource: 'ledger/2026-10',
  destinations: ['https://drop.evil.example/in', 'sftp://files.acme.example'],
  argument_names: ['month', 'all'],
  bytes_sent: 12_800,
  bytes_received: 48_211_000,
  records: 9_000,
  privilege: 'admin',
  outcome: 'success',
  credential: { id: 'jti:9c1e' },
  time: noon + 10 * dayMs,
})

function findingFor(event = strange, sum = defaultSum) {
  const { judging, profiles } = judgingContextOf(history, ['bot', 'peer'], { artifact: artifactOf({ sum: [...sum] }) })
  const { peers, tenant } = judging.surroundingsOf('acme', 'bot')
  peers.agents = 2
  tenant.agents = 2
  return findingOf(conclude([observe(event, profiles.get('acme|bot')!, judging)])[0]!, place, 'high')
}

test('a finding tells the event, its place and what it was compared with', () => {
  const finding = findingFor()
  assert.deepEqual(Finding.parse(finding), finding)
  const { score, risk, p_value, contributions, reasons, evidence, ...reported } = finding
  assert.deepEqual(reported, {
    id: findingIdOf(place.topic, strange),
    tenant: 'acme',
    agent: 'bot',
    owner: 'finance@acme.example',
    tier: 'high',
    registered: true,
    session: 'run-81',
    event_id: 'evt-1',
    log: { topic: 'agent.events.v1', partition: 3, offset: 41 },
    source: { partition: 0, offset: strange.position.offset, index: 0 },
    time: strange.time,
    log_time: place.log_time,
    system: 'erp',
    action: 'invoices.export',
    resource: 'ledger/2026-10',
    destinations: ['https://drop.evil.example/in', 'sftp://files.acme.example'],
    privilege: 'admin',
    credential_id: 'jti:9c1e',
    severity: 'critical',
    cause: 'volume',
    target: 'erp/invoices.export',
    held_out: true,
    techniques: ['OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
  })
  assert.deepEqual(
    { ...evidence, profile_days: Math.round(evidence.profile_days) },
    { profile_events: 40, profile_days: 9, peer_group: 'group', peers: 1, knowledge_version: 1, model: 'test-model' },
  )
  assert.ok(risk > 5 && p_value < 1e-6)
  const sum = contributions.reduce((total, { contribution }) => total + contribution, 0)
  assert.ok(Math.abs(sum - score) < 1e-9)
  assert.equal(reasons.length, 5)
})

test('what a field does not say is left out of the finding', () => {
  const finding = findingFor(eventOf({ session: 's', time: noon + 10 * dayMs }))
  for (const name of ['owner', 'resource', 'destinations', 'privilege', 'credential_id'])
    assert.ok(!(name in finding), name)
})

/** Every sentence that this event gives rise to, by feature. */
const sentences = (finding: Finding) =>
  Object.fromEntries(
    finding.contributions.map(({ feature, seen, expected }) => [feature, reasonText('', { seen, expected }).slice(2)]),
  )

test('the sentences that an analyst reads', () => {
  const peer = 'and not at its only peer'
  const destination = `drop.evil.example, never among 20 destinations over 9 days, ${peer}`
  const privilege = `never in 40 uses of privileges over 9 days, ${peer}`
  const sequence = `erp/invoices.export first in its session, never in 10 times over 9 days, ${peer}`
  const known = 'largest of 20 earlier calls and 40 in its peer group'
  assert.deepEqual(sentences(findingFor()), {
    amount_excess: `48.2 MB received by erp/invoices.export; ${known}: 41.0 kB`,
    privilege_new: `admin, ${privilege}`,
    privilege_surprise: `admin, ${privilege}`,
    privilege_step_up: `rights to administer, ${privilege}`,
    window_excess:
      '48.2 MB received within 5 minutes; most in 9 earlier windows of 5 minutes and 18 in its peer group: 262 kB received',
    misplaced_excess: sequence,
    order_surprise: sequence,
    destination_surprise: destination,
    destination_new_peers: destination,
    external_new: `drop.evil.example, never among 20 external destinations over 9 days, ${peer}`,
    sent_surprise: `12.8 kB sent by erp/invoices.export; ${known}: 222 B`,
    session_excess:
      '48.2 MB received and 12.8 kB sent in one session; most received of 40 earlier session totals and 80 in its peer group: 164 kB',
    records_tail: `9,000 records by erp/invoices.export; ${known}: 318 records`,
  })
})

test('reasons carry a title, the strongest first', () => {
  const titles = findingFor().reasons.map((reason) => reason.slice(0, reason.indexOf(':')))
  assert.deepEqual(titles, [
    'Far larger than any earlier call',
    'Far more moved than in any earlier window',
    'New privilege',
    'New external destination',
    'Higher rights than before',
  ])
})

test('a system never used leads to that system, and what is not known is said', () => {
  const finding = findingFor({
    ...strange,
    system: 'vault',
    action: 'dump',
    destinations: [],
    bytes_received: 0,
    privilege: 'read',
  })
  assert.deepEqual([finding.cause, finding.target], ['new_system', 'vault'])
  const reported = sentences(finding)
  assert.equal(reported.system_new, 'vault, never in 40 events over 9 days, and not at its only peer')
  assert.equal(reported.sent_surprise, '12.8 kB sent by vault/dump, no earlier calls of this agent or its peer group')
})

test('the destination least known leads, a privilege leads to itself', () => {
  // What came back is not reported, so nothing says that its session had read nothing before.
  const { bytes_received: _, ...unread } = strange
  const quiet = { ...unread, bytes_sent: 200, records: 300, argument_names: ['month'] }
  const away = findingFor({ ...quiet, privilege: 'read' }, sumWithoutProvenance)
  assert.deepEqual([away.cause, away.target], ['new_destination', 'drop.evil.example'])
  const raised = findingFor({ ...quiet, destinations: ['sftp://files.acme.example'] }, sumWithoutProvenance)
  assert.deepEqual([raised.cause, raised.target], ['privilege', 'privilege:admin'])
})

test('severity is how much rarer than the budget an event is', () => {
  const budget = 0.001
  assert.deepEqual(
    [0.5, budget, budget / 9, budget / 10, budget / 101, budget / 10_001, 0].map((p) => severityOf(p, budget)),
    ['low', 'low', 'low', 'medium', 'high', 'critical', 'critical'],
  )
})

test('an id is the event in its topic: the same however the log was split, another for a changed twin', () => {
  const id = findingIdOf(place.topic, strange)
  assert.match(id, /^fnd_[0-9a-f]{24}$/)
  assert.equal(findingIdOf(place.topic, { ...strange }), id)
  assert.notEqual(findingIdOf(place.topic, { ...strange, content_hash: 'f'.repeat(16) }), id)
  assert.notEqual(findingIdOf('agent.credentials.v1', strange), id)
  assert.notEqual(findingIdOf(place.topic, { ...strange, tenant: 'other' }), id)
})
