import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Cause } from '@straylight/schemas/finding'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { hasher, shapeOf, taught } from '../../test-support/taught.ts'
import type { EventShape } from '../event/event-shape.ts'
import { causeOf } from '../features/cause.ts'
import { Comparison, type Registered } from '../features/comparison.ts'
import { explainFeature, featureTitle } from '../features/explain-feature.ts'

const agents = ['bot', 'peer', 'third']
/** Thirty days of three agents: each reads its mail, looks an invoice up and pays what it names, once a day. */
const history = Array.from({ length: 30 }, (_, at) =>
  agents.flatMap((agent, which) => session(agent, at, which)),
).flat()

function session(agent: string, at: number, which: number): AgentEvent[] {
  const credential = { id: `jti:${at}`, issued_at: noon + at * dayMs, expires_at: noon + (at + 1) * dayMs }
  const steps: Partial<AgentEvent>[] = [
    {
      system: 'mail',
      action: 'read',
      argument_values: {},
      result_values: [`e:${at}`],
      signals: { prompt_injection: 0.05 },
    },
    { system: 'erp', action: 'get', argument_values: { id: [`n:${at}`] }, result_values: [`a:${at % 3}`] },
    {
      system: 'erp',
      action: 'pay',
      argument_values: { to: [`a:${at % 3}`] },
      result_values: [],
      destinations: ['account:gb10'],
    },
  ]
  return steps.map((step, place) =>
    eventOf({
      ...{ agent, session: `${agent}${at}`, time: noon + at * dayMs + which * hourMs + place * 1000, credential },
      ...{ privilege: 'read', parent_agent: 'planner', source: { ip: '10.1.4.7' }, outcome: 'success' },
      ...{ argument_names: Object.keys(step.argument_values ?? {}), request_values: place === 0 ? [`n:${at}`] : [] },
      ...{ bytes_sent: 200, bytes_received: 2_000 + at, records: 10 },
      ...step,
    }),
  )
}

const world = taught(history, agents)
world.peers.agents = agents.length
const registered: Registered = { boundary: { systems: ['mail', 'erp'], actions: [] }, credential_lifetime_hours: 24 }
const against = (event: Partial<AgentEvent>, changes: Partial<EventShape> = {}) =>
  new Comparison({
    shape: shapeOf({ system: 'erp', action: 'pay', time: noon + 30 * dayMs, ...event }, changes),
    ...{ profile: world.profile, peers: world.peers, tenant: world.tenant, scale: 1, hasher, registered },
  })
/** What the history always tells of a payment. */
const whole: Partial<AgentEvent> = {
  ...{ session: 's', credential: { id: 'jti:9' }, privilege: 'read', source: { ip: '10.1.4.7' }, outcome: 'success' },
  ...{ argument_names: ['to'], argument_values: {}, destinations: ['account:gb10'] },
  ...{ bytes_sent: 200, bytes_received: 2_000, records: 10 },
}
const flow = {
  value: 0,
  argument: 'to',
  kind: 'a',
  source: 'mail/read',
  root: 'ambient' as const,
  call: 3,
  event: 'e3',
}
const fed = { flows: [flow], values: [{ argument: 'to', value: 'a:evil' }] }
/** A value that the agent made up, beside the borne one: no reason that speaks of an output may name it. */
const madeUp = { value: 0, argument: 'to', kind: 'a', source: 'self', root: 'ambient' as const, call: 0 }
const passed = (measure: string, total: number) => ({ passed: [{ measure, total }] })
const burst = (measure: string, total: number) => against({}, passed(measure, total))
const aged = (hours: number, expired = 0) =>
  against({}, { credential_age_hours: hours, credential_expired_hours: expired })

/** One event of each kind of straying, the feature that speaks for it, and the sentence that a SOC analyst reads. */
const golden: readonly (readonly [Cause, string, Comparison, string])[] = [
  [
    'new_system',
    'system_new',
    against({ system: 'vault', action: 'dump' }),
    'system never used: system vault (usual: 0 of 90 events in 29 days; 0 of 2 peers)',
  ],
  [
    'new_action',
    'step_new_peers',
    against({ action: 'drop' }),
    'action new to all peers: erp/drop (usual: 0 of 90 events in 29 days; 0 of 2 peers)',
  ],
  [
    'new_destination',
    'destination_surprise',
    against({ destinations: ['account:gb00'] }),
    'rare destination: account:gb00 (usual: 0 of 30 destinations in 29 days; 0 of 2 peers)',
  ],
  [
    'new_destination',
    'external_new',
    against({ destinations: ['https://drop.evil.example/in'] }),
    'new outside destination: drop.evil.example/in (usual: outside destinations known to agent or peers; 0 of 0 outside destinations in 29 days; 0 of 2 peers)',
  ],
  [
    'order',
    'order_surprise',
    against({}, { previous_step: 'mail/read', previous_step_2: '^' }),
    'unusual order: mail/read → erp/pay (usual: 0 of 30 times after it in 29 days; 0 of 2 peers)',
  ],
  [
    'order',
    'misplaced_excess',
    against({}, { previous_step: 'mail/read', previous_step_2: '^' }),
    'action out of its place: mail/read → erp/pay (usual: 0 of 30 times after it in 29 days; 0 of 2 peers)',
  ],
  [
    'order',
    'misplaced_size_excess',
    against({ bytes_sent: 23 }, { previous_step: 'mail/read', previous_step_2: '^' }),
    'action out of its place, of an unusual size: mail/read → erp/pay, 23 B sent (usual: 0 of 30 times after it in 29 days; 0 of 2 peers)',
  ],
  [
    'arguments',
    'arguments_surprise',
    against({ argument_names: ['to', 'bcc'] }),
    'unusual arguments: arguments bcc,to (usual: 0 of 30 calls of erp/pay in 29 days; 0 of 2 peers)',
  ],
  [
    'data_flow',
    'flow_new_peers',
    against({}, fed),
    'value from a source that never fed it: to came only out of mail/read (call 3) (usual: for this agent and its 2 peers that has never fed erp/pay.to)',
  ],
  [
    'data_flow',
    'tainted_value_new',
    against({}, fed),
    'value new to all peers, out of an output: to came only out of mail/read (call 3) (usual: that value in 0 of 30 values of erp/pay.to in 29 days; 0 of 2 peers)',
  ],
  [
    'data_flow',
    'request_overridden',
    against({}, { ...fed, asked: ['a:7'] }),
    'not the one it was asked for: to came only out of mail/read (call 3) (usual: the request names another account)',
  ],
  [
    'data_flow',
    'request_passed_over',
    against({}, { ...fed, asked: ['a:1'] }),
    'what it was asked for is passed over: to came only out of mail/read (call 3) (usual: the request names another account, which erp/pay.to took before)',
  ],
  [
    'data_flow',
    'write_after_reading',
    against({ bytes_sent: 200, bytes_received: 50 }, { session_bytes_received: 12_350 }),
    'writes after reading: erp/pay after 12.3 kB read (usual: calls that read; of erp/pay in the tenant 100 % get back more than they send)',
  ],
  [
    'data_flow',
    'tainted_value_new',
    against(
      {},
      { flows: [madeUp, { ...flow, value: 1 }], values: [{ argument: 'to', value: 'a:own' }, ...fed.values] },
    ),
    'value new to all peers, out of an output: to came only out of mail/read (call 3) (usual: that value in 0 of 30 values of erp/pay.to in 29 days; 0 of 2 peers)',
  ],
  [
    'data_flow',
    'tainted_value_written',
    against({ bytes_sent: 200, bytes_received: 50 }, { ...fed, session_bytes_received: 12_350 }),
    'new value out of an output, written on: to came only out of mail/read (call 3), after 12.3 kB read (usual: that value in 0 of 30 values of erp/pay.to in 29 days; 0 of 2 peers)',
  ],
  [
    'data_flow',
    'obeyed_surprise',
    against({}, fed),
    'output followed as if it were an order: erp/pay did with to what an output of mail/read held (usual: 0 of 30 outputs of mail/read were followed by that)',
  ],
  [
    'data_flow',
    'value_surprise',
    against({}, fed),
    'rare value: to came only out of mail/read (call 3) (usual: that value in 0 of 30 values of erp/pay.to in 29 days; 0 of 2 peers)',
  ],
  [
    'volume',
    'amount_excess',
    against({ action: 'get', bytes_received: 48_211_000 }),
    'far more than ever: 48.2 MB received by erp/get (usual: never more than 2.0 kB; 30 amounts known of this agent, 90 of its peer group)',
  ],
  [
    'volume',
    'records_tail',
    against({ action: 'get', records: 90_000 }),
    'unusually many records: 90,000 records by erp/get (usual: never more than 10 records; 30 amounts known of this agent, 90 of its peer group)',
  ],
  [
    'session_volume',
    'session_excess',
    against({}, { session_bytes_received: 2 ** 30, session_bytes_sent: 600 }),
    'session moves far more than ever: session has received 1.1 GB and sent 600 B (usual: received: never more than 6.1 kB; 90 amounts known of this agent, 270 of its peer group)',
  ],
  [
    'privilege',
    'privilege_new',
    against({ privilege: 'admin' }),
    'privilege never held: privilege:admin (usual: 0 of 90 uses in 29 days; 0 of 2 peers)',
  ],
  [
    'privilege',
    'privilege_step_up',
    against({ privilege: 'admin' }),
    'higher rights than ever: rights to administer (usual: 0 of 90 uses in 29 days; 0 of 2 peers)',
  ],
  [
    'window_volume',
    'window_excess',
    burst('1h sent', 5e9),
    'more within a while than ever: 5.0 GB sent within an hour (usual: never more than 1.0 kB sent; 29 such windows known of this agent, 87 of its peer group)',
  ],
  [
    'rate',
    'rate_excess',
    burst('5m events', 900),
    'more often than ever: 900 calls within 5 minutes (usual: never more than 6 calls; 29 such windows known of this agent, 87 of its peer group)',
  ],
  [
    'destructive_burst',
    'destructive_excess',
    burst('1h destructive', 60),
    'burst of destructive calls: 60 calls that delete, reset or take away within an hour (usual: never any; 29 such windows known of this agent, 87 of its peer group)',
  ],
  [
    'refused_burst',
    'refused_excess',
    burst('5m refused', 40),
    'burst of refused calls: 40 calls failed or denied within 5 minutes (usual: never any; 29 such windows known of this agent, 87 of its peer group)',
  ],
  [
    'fan_out',
    'fan_out_excess',
    burst('1h destinations', 64),
    'more places than ever: 64 different destinations within an hour (usual: never more than 2 different destinations; 29 such windows known of this agent, 87 of its peer group)',
  ],
  [
    'unusual_time',
    'time_surprise',
    against({}, { time_of_week: 'Saturday 03' }),
    'unusual time: at work on a Saturday 03:00 UTC or within 3 hours after (usual: 0 of 90 events in 29 days; 0 of 2 peers)',
  ],
  [
    'credential_expired',
    'credential_expired',
    aged(34, 10),
    'expired credential: credential expired 10 hours before (usual: no use after the credential has expired)',
  ],
  [
    'credential_age',
    'credential_overdue',
    aged(365 * 24),
    'credential older than allowed: credential of 365 days (usual: at most 24 hours, says the registry)',
  ],
  [
    'credential_age',
    'credential_age_excess',
    aged(365 * 24),
    'credential older than ever: credential of 365 days (usual: never more than 30 hours; 90 uses of credentials known of this agent, 270 of its peer group)',
  ],
  [
    'new_delegation',
    'delegation_new',
    against({ parent_agent: 'stranger' }),
    'called by a stranger: called by stranger (usual: 0 of 90 delegations in 29 days; 0 of 2 peers)',
  ],
  [
    'new_source',
    'source_new',
    against({ source: { ip: '203.0.113.9' } }),
    'new place of origin: from ip 203.0.113.0/24 (usual: 0 of 90 events with a source in 29 days; 0 of 2 peers)',
  ],
  [
    'outside_boundary',
    'outside_boundary',
    against({ system: 'vault' }),
    "outside its boundary: system vault (usual: only what the registry's boundary names: mail, erp)",
  ],
  [
    'guard_signal',
    'signal_tail',
    against({ system: 'mail', action: 'read', signals: { prompt_injection: 0.95 } }),
    'another guard warns: prompt_injection says 0.95 (usual: as much in 0.00028 % of calls of mail/read; 30 such calls known of this agent, 90 of its peer group)',
  ],
  [
    'field_missing',
    'field_missing',
    against({ ...whole, credential: undefined }),
    'leaves out what it always tells: no credential (usual: 90 of 90 earlier events of this agent had it)',
  ],
]

test('the sentence that a SOC analyst reads, for each kind of straying', () => {
  for (const [cause, feature, comparison, sentence] of golden) {
    const { seen, expected } = explainFeature(feature, comparison)
    assert.equal(causeOf(feature), cause, feature)
    assert.equal(`${featureTitle(feature)}: ${seen} (usual: ${expected})`, sentence)
  }
})
