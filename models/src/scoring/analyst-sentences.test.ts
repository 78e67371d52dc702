import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import type { Cause } from '@straylight/schemas/finding'
import { noon } from '../../test-support/event-of.ts'
import { payingAgents as world } from '../../test-support/paying-agents.ts'
import { hasher, shapeOf } from '../../test-support/taught.ts'
import type { EventShape } from '../event/event-shape.ts'
import { causeOf } from '../features/cause.ts'
import { Comparison, type Registered } from '../features/comparison.ts'
import { explainFeature, featureTitle } from '../features/explain-feature.ts'
import { reasonText } from '../features/explanation.ts'
import { features } from '../features/feature.ts'

const registered: Registered = { boundary: { systems: ['mail', 'erp'], actions: [] }, credential_lifetime_hours: 24 }
const against = (event: Partial<AgentEvent>, changes: Partial<EventShape> = {}) =>
  new Comparison({
    shape: shapeOf({ system: 'erp', action: 'pay', time: noon + 30 * dayMs, ...event }, changes),
    ...{ profile: world.profile, peers: world.peers, tenant: world.tenant, scale: 1, hasher, registered },
  })
/** What the history always reports of a payment. */
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
/** A value that the agent made up, beside the tainted one: no reason that speaks of an output may name it. */
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
    'New system: vault, never in 90 events over 29 days, and at none of its 2 peers',
  ],
  [
    'new_action',
    'step_new_peers',
    against({ action: 'drop' }),
    'Action new to its peers: erp/drop, never in 90 events over 29 days, and at none of its 2 peers',
  ],
  [
    'new_destination',
    'destination_surprise',
    against({ destinations: ['account:gb00'] }),
    'Rare destination: account:gb00, never among 30 destinations over 29 days, and at none of its 2 peers',
  ],
  [
    'new_destination',
    'external_new',
    against({ destinations: ['https://drop.evil.example/in'] }),
    'New external destination: drop.evil.example, no earlier external destinations, and at none of its 2 peers',
  ],
  [
    'order',
    'order_surprise',
    against({}, { previous_step: 'mail/read', previous_step_2: '^' }),
    'Unusual sequence: erp/pay right after mail/read, never in 30 times over 29 days, and at none of its 2 peers',
  ],
  [
    'order',
    'misplaced_excess',
    against({}, { previous_step: 'mail/read', previous_step_2: '^' }),
    'Action out of sequence: erp/pay right after mail/read, never in 30 times over 29 days, and at none of its 2 peers',
  ],
  [
    'order',
    'misplaced_size_excess',
    against({ bytes_sent: 23 }, { previous_step: 'mail/read', previous_step_2: '^' }),
    'Action out of sequence, with an unusual size: 23 B sent by erp/pay right after mail/read, never in 30 times over 29 days, and at none of its 2 peers',
  ],
  [
    'arguments',
    'arguments_surprise',
    against({ argument_names: ['to', 'bcc'] }),
    'Unusual arguments: erp/pay with bcc, to, never in 30 calls of erp/pay over 29 days, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'flow_new_peers',
    against({}, fed),
    'Value from a source new to its peers: to came only from mail/read (call 3), that source fed erp/pay.to in none of 30 calls with that argument, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'tainted_value_new',
    against({}, fed),
    'New value from tool output: to came only from mail/read (call 3), that value never among 30 values of erp/pay.to over 29 days, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'request_overridden',
    against({}, { ...fed, asked: ['a:7'] }),
    'Not what was requested: to came only from mail/read (call 3), the request names another account',
  ],
  [
    'data_flow',
    'request_passed_over',
    against({}, { ...fed, asked: ['a:1'] }),
    'Requested value not used: to came only from mail/read (call 3), the request names another account, which erp/pay.to took before',
  ],
  [
    'data_flow',
    'write_after_reading',
    against({ bytes_sent: 200, bytes_received: 50 }, { session_bytes_received: 12_350 }),
    "Writes after reading: erp/pay after 12.3 kB read in the session, 0.0062 % of the tenant's calls of erp/pay send more than they receive",
  ],
  [
    'data_flow',
    'tainted_value_new',
    against(
      {},
      { flows: [madeUp, { ...flow, value: 1 }], values: [{ argument: 'to', value: 'a:own' }, ...fed.values] },
    ),
    'New value from tool output: to came only from mail/read (call 3), that value never among 30 values of erp/pay.to over 29 days, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'tainted_value_written',
    against({ bytes_sent: 200, bytes_received: 50 }, { ...fed, session_bytes_received: 12_350 }),
    'New value from tool output, sent on: to came only from mail/read (call 3), after 12.3 kB read in the session, that value never among 30 values of erp/pay.to over 29 days, and at none of its 2 peers',
  ],
  [
    'new_action',
    'consequential_rarity',
    against({ action: 'delete_ledger' }),
    'Rare action with consequences: erp/delete_ledger, never in 90 events over 29 days, and at none of its 2 peers',
  ],
  [
    'new_action',
    'consequential_excess',
    against({ action: 'delete_ledger' }),
    'Rare action with consequences: erp/delete_ledger, never in 90 events over 29 days, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'consequential_value_rarity',
    against({}, fed),
    'Rare value from tool output, in an action with consequences: to came only from mail/read (call 3), that value never among 30 values of erp/pay.to over 29 days, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'consequential_value_new',
    against({}, fed),
    'New value from tool output, in an action with consequences: to came only from mail/read (call 3), that value never among 30 values of erp/pay.to over 29 days, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'obeyed_surprise',
    against({}, fed),
    'Tool output followed like an instruction: erp/pay took to from an output of mail/read, none of 30 earlier outputs of mail/read led to such a call',
  ],
  [
    'data_flow',
    'value_surprise',
    against({}, fed),
    'Rare value: to came only from mail/read (call 3), that value never among 30 values of erp/pay.to over 29 days, and at none of its 2 peers',
  ],
  [
    'volume',
    'amount_excess',
    against({ action: 'get', bytes_received: 48_211_000 }),
    'Far larger than any earlier call: 48.2 MB received by erp/get; largest of 30 earlier calls and 90 in its peer group: 2.0 kB',
  ],
  [
    'volume',
    'records_tail',
    against({ action: 'get', records: 90_000 }),
    'Unusually many records: 90,000 records by erp/get; largest of 30 earlier calls and 90 in its peer group: 10 records',
  ],
  [
    'session_volume',
    'session_excess',
    against({}, { session_bytes_received: 2 ** 30, session_bytes_sent: 600 }),
    'Session moves far more than any earlier one: 1.1 GB received and 600 B sent in one session; most received of 90 earlier session totals and 270 in its peer group: 6.1 kB',
  ],
  [
    'privilege',
    'privilege_new',
    against({ privilege: 'admin' }),
    'New privilege: admin, never in 90 uses of privileges over 29 days, and at none of its 2 peers',
  ],
  [
    'privilege',
    'privilege_step_up',
    against({ privilege: 'admin' }),
    'Higher rights than before: rights to administer, never in 90 uses of privileges over 29 days, and at none of its 2 peers',
  ],
  [
    'window_volume',
    'window_excess',
    burst('1h sent', 5e9),
    'Far more moved than in any earlier window: 5.0 GB sent within an hour; most in 29 earlier hours and 87 in its peer group: 1.0 kB sent',
  ],
  [
    'rate',
    'rate_excess',
    burst('5m events', 900),
    'Far more calls than in any earlier window: 900 calls within 5 minutes; most in 29 earlier windows of 5 minutes and 87 in its peer group: 6 calls',
  ],
  [
    'destructive_burst',
    'destructive_excess',
    burst('1h destructive', 60),
    'Burst of destructive calls: 60 calls to delete, reset or remove within an hour, none in 29 earlier hours and 87 in its peer group',
  ],
  [
    'refused_burst',
    'refused_excess',
    burst('5m refused', 40),
    'Burst of refused calls: 40 failed or denied calls within 5 minutes, none in 29 earlier windows of 5 minutes and 87 in its peer group',
  ],
  [
    'fan_out',
    'fan_out_excess',
    burst('1h destinations', 64),
    'Far more targets than in any earlier window: 64 different destinations within an hour; most in 29 earlier hours and 87 in its peer group: 2 different destinations',
  ],
  [
    'unusual_time',
    'time_surprise',
    against({}, { time_of_week: 'Saturday 03' }),
    'Unusual time: active on a Saturday between 03:00 and 06:00 UTC, never in 90 events over 29 days, and at none of its 2 peers',
  ],
  [
    'credential_expired',
    'credential_expired',
    aged(34, 10),
    'Expired credential: used 10 hours after it expired, no use is allowed after expiry',
  ],
  [
    'credential_age',
    'credential_overdue',
    aged(365 * 24),
    'Credential older than allowed: 365 days old, the registry allows 24 hours',
  ],
  [
    'credential_age',
    'credential_age_excess',
    aged(365 * 24),
    'Credential older than any before: 365 days old; oldest in 90 earlier uses and 270 in its peer group: 30 hours',
  ],
  [
    'new_delegation',
    'delegation_new',
    against({ parent_agent: 'stranger' }),
    'New parent agent: called by stranger, never in 90 delegations over 29 days, and at none of its 2 peers',
  ],
  [
    'new_source',
    'source_new',
    against({ source: { ip: '203.0.113.9' } }),
    'New network or host: from ip 203.0.113.0/24, never in 90 events with a source over 29 days, and at none of its 2 peers',
  ],
  [
    'outside_boundary',
    'outside_boundary',
    against({ system: 'vault' }),
    'Outside its boundary: system vault, the registry allows only mail, erp',
  ],
  [
    'public_exposure',
    'opened_to_everybody',
    against({ system: 's3', action: 'PutBucketPolicy', destinations: ['*'] }),
    'Opened to everybody: s3/PutBucketPolicy, open to everybody, which never counts as usual',
  ],
  [
    'guard_signal',
    'signal_tail',
    against({ system: 'mail', action: 'read', signals: { prompt_injection: 0.95 } }),
    'Another guard warns: prompt_injection reports 0.95; highest in 30 earlier calls of mail/read and 90 in its peer group: 0.05',
  ],
  [
    'field_missing',
    'field_missing',
    against({ ...whole, credential: undefined }),
    'Missing field: no credential, 90 of 90 earlier events of this agent had it',
  ],
  [
    'new_destination',
    'destination_new_peers',
    against({ destinations: ['account:gb00', 'account:gb10'] }),
    'Destination new to its peers: account:gb00, never among 30 destinations over 29 days, and at none of its 2 peers',
  ],
  [
    'volume',
    'sent_surprise',
    against({ bytes_sent: 23 }),
    'Unusual amount sent: 23 B sent by erp/pay, at the low end of 30 earlier calls and 90 in its peer group',
  ],
  [
    'volume',
    'sent_surprise',
    against({ bytes_sent: 12_800 }),
    'Unusual amount sent: 12.8 kB sent by erp/pay; largest of 30 earlier calls and 90 in its peer group: 222 B',
  ],
  [
    'volume',
    'received_surprise',
    against({ bytes_received: 48_000 }),
    'Unusual amount received: 48.0 kB received by erp/pay; largest of 30 earlier calls and 90 in its peer group: 2.0 kB',
  ],
  [
    'privilege',
    'privilege_surprise',
    against({ credential: { id: 'c', scopes: ['erp.admin'] } }),
    'Rare privilege: scope erp.admin, never in 90 uses of privileges over 29 days, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'flow_root_surprise',
    against({}, fed),
    'Value from an unusual source: to came only from mail/read (call 3), that source fed erp/pay.to in none of 30 calls with that argument, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'flow_new_agent',
    against({}, { ...fed, flows: [{ ...flow, source: 'context' }] }),
    'Value from a source new to this agent: to came from memory or retrieved text, that source fed erp/pay.to in none of 30 calls with that argument, and at none of its 2 peers',
  ],
  [
    'data_flow',
    'value_new_peers',
    against({}, { ...fed, flows: [madeUp] }),
    'New value: to stood in nothing that the agent had read, that value never among 30 values of erp/pay.to over 29 days, and at none of its 2 peers',
  ],
  [
    'order',
    'order_surprise',
    against({}, { previous_step: '^', previous_step_2: '^' }),
    'Unusual sequence: erp/pay first in its session, never in 30 times over 29 days, and at none of its 2 peers',
  ],
  [
    'order',
    'order_surprise',
    against({ action: 'get' }, { previous_step: 'mail/read', previous_step_2: '^' }),
    'Unusual sequence: erp/get right after mail/read, 30 of 30 times over 29 days, and at all of its 2 peers',
  ],
  [
    'session_volume',
    'session_excess',
    against({}, { session_bytes_received: 100, session_bytes_sent: 2 ** 20 }),
    'Session moves far more than any earlier one: 100 B received and 1.0 MB sent in one session; most sent of 90 earlier session totals and 270 in its peer group: 638 B',
  ],
]

test('the sentence that a SOC analyst reads, for each kind of straying', () => {
  for (const [cause, feature, comparison, sentence] of golden) {
    const { seen, expected } = explainFeature(feature, comparison)
    assert.equal(causeOf(feature), cause, feature)
    assert.equal(reasonText(featureTitle(feature), { seen, expected }), sentence)
  }
})

test('every feature that a person can read of has its sentence here, and none says what says nothing', () => {
  const held = new Set(golden.map(([, feature]) => feature))
  assert.deepEqual(
    features.flatMap((feature) => ('sentence' in feature && !held.has(feature.name) ? [feature.name] : [])),
    [],
  )
  for (const [, , , sentence] of golden) {
    assert.match(sentence, /^\p{Lu}/u)
    assert.doesNotMatch(sentence, /usual: |the usual|\btold\b|\btells\b|\bplain\b|\bstranger:| {2}/)
  }
})
