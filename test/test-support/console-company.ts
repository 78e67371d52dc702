import type { AgentRow } from '@straylight/console/contract/agent-row'
import type { AlertDetail, CommandDetail } from '@straylight/console/contract/alert-detail'
import type { AlertRow } from '@straylight/console/contract/alert-row'
import type { FindingDetail, Reason } from '@straylight/console/contract/finding-detail'
import type { TraceEvent } from '@straylight/console/contract/trace-event'

// A made-up company for the pages of the console: the same forms as the real answers, without a pipeline behind them.

const minuteMs = 60_000
const hour = 60 * minuteMs
const day = 24 * hour
export const now = Math.floor(Date.now() / minuteMs) * minuteMs
export const tenant = 'acme'

export function agentRow(agent: string, more: Partial<AgentRow> = {}): AgentRow {
  return {
    tenant,
    agent,
    registered: true,
    owner: 'dana.ops',
    tier: 'high',
    role: 'billing',
    state: 'watched',
    risk: 0.4,
    open_alerts: 0,
    worst_severity: null,
    events: 18_220,
    first_seen: now - 61 * day,
    last_seen: now - 4 * minuteMs,
    ...more,
  }
}

/** Reads as another name where its direction mark and its Cyrillic letter are not shown. */
export const disguisedName = 'b\u0456lling-bot-0\u202e31'

export const agents: AgentRow[] = [
  agentRow(disguisedName, { registered: false }),
  agentRow('billing-bot-03', { risk: 9.7, open_alerts: 2, worst_severity: 'critical', state: 'held' }),
  agentRow('helpdesk-agent-11', {
    role: 'helpdesk',
    owner: 'support',
    risk: 7.2,
    open_alerts: 1,
    worst_severity: 'high',
  }),
  agentRow('deploy-runner-2', {
    role: 'operations',
    tier: 'critical',
    owner: 'platform',
    risk: 3.1,
    open_alerts: 1,
    worst_severity: 'medium',
  }),
  agentRow('research-4', {
    role: 'research',
    tier: 'low',
    owner: null,
    state: 'learning',
    risk: null,
    events: 212,
    first_seen: now - 3 * day,
  }),
  agentRow('mail-sorter', {
    role: null,
    tier: null,
    owner: null,
    registered: false,
    state: 'silent',
    risk: 1.2,
    last_seen: now - 3 * day,
  }),
  agentRow('payroll-export', {
    role: 'payroll',
    tier: 'critical',
    owner: 'hr',
    state: 'never_seen',
    risk: null,
    events: 0,
    first_seen: null,
    last_seen: null,
  }),
  ...[1, 2, 4, 5, 6].map((number) =>
    agentRow(`billing-bot-0${number}`, { risk: number / 5, events: 16_000 + 700 * number }),
  ),
]

export function alertRow(at: number, more: Partial<AlertRow> = {}): AlertRow {
  return {
    id: `alr_fixture${String(at).padStart(4, '0')}`,
    revision: 2,
    tenant,
    agent: 'billing-bot-03',
    owner: 'dana.ops',
    assignee: null,
    role: 'billing',
    registered: true,
    tier: 'high',
    cause: 'session_volume',
    target: 'crm-eu',
    state: 'open',
    severity: 'high',
    summary: 'billing-bot-03 read 41,200 records from crm-eu in one session; on its busiest usual day it reads 900.',
    opened_at: now - at * 47 * minuteMs,
    changed_at: now - at * 40 * minuteMs,
    first_seen: now - at * 47 * minuteMs,
    last_seen: now - at * 40 * minuteMs,
    closed_at: null,
    close_reason: null,
    finding_count: 3,
    score: 31.42,
    response: 'alert',
    response_limited_by: null,
    command_id: null,
    command_state: 'none',
    approval_deadline: null,
    verdict: null,
    ...more,
  }
}

export const companyWaitingAlert = alertRow(1, {
  state: 'awaiting_approval',
  severity: 'critical',
  cause: 'data_flow',
  target: 'files.paste-bin.example',
  summary:
    'billing-bot-03 sent what it read from crm-eu to files.paste-bin.example, where neither it nor its 6 peers ever sent anything.',
  response: 'approve',
  command_id: 'cmd_fixture0001',
  command_state: 'held',
  approval_deadline: now + 14 * minuteMs,
})

export const companyAlerts: AlertRow[] = [
  companyWaitingAlert,
  alertRow(2),
  alertRow(3, {
    agent: 'helpdesk-agent-11',
    owner: 'support',
    role: 'helpdesk',
    cause: 'arguments',
    target: 'identity/reset_password',
    summary:
      'helpdesk-agent-11 reset a password with an argument that came out of a ticket; in 2,310 calls it took it from the directory.',
    command_id: 'cmd_fixture0002',
    command_state: 'applied',
    response: 'revoke',
  }),
  alertRow(5, {
    agent: 'deploy-runner-2',
    owner: 'platform',
    role: 'operations',
    tier: 'critical',
    severity: 'medium',
    cause: 'privilege',
    target: 'cluster-admin',
    summary: 'deploy-runner-2 used the privilege cluster-admin for the first time in 58 days.',
  }),
  ...[8, 9, 10, 11, 12, 13].map((at) =>
    alertRow(at, {
      severity: 'low',
      cause: 'unusual_time',
      target: 'ledger',
      agent: `billing-bot-0${at % 6}`,
      summary: `billing-bot-0${at % 6} worked on ledger at 03:00 UTC on a Sunday, when it is never active.`,
    }),
  ),
]

const reason = (feature: string, title: string, contribution: number, more: Partial<Reason> = {}): Reason => ({
  feature,
  title,
  sentence: `${title}: seen against expected.`,
  expected: 'seldom: 2 of 18,220 events',
  seen: 'this event',
  value: Math.abs(contribution),
  contribution,
  strip: null,
  ...more,
})

const strip = (
  seen: number,
  usual: number,
  unit: 'events' | 'bytes' | 'records',
  sentence: string,
): Reason['strip'] => ({
  sentence,
  of: unit === 'events' ? 'day' : 'call',
  unit,
  points: Array.from({ length: 40 }, (_none, at) => ({
    time: now - (41 - at) * day,
    value: Math.round(usual * (0.5 + ((at * 37) % 23) / 23)),
  })),
  seen,
  median: usual,
  p99: Math.round(usual * 1.45),
})

export const finding: FindingDetail = {
  id: 'fnd_fixture0001',
  event_id: 'evt-7741',
  session: 'ses-2210',
  time: now - 42 * minuteMs,
  log_time: now - 42 * minuteMs + 800,
  system: 'http',
  action: 'files.upload',
  resource: 'export-2026.csv',
  destinations: ['files.paste-bin.example'],
  privilege: null,
  credential_id: 'tok-billing-77',
  credential_holder: { agent: 'billing-bot-03', tier: 'high', basis: 'registry' },
  credential_users: [],
  score: 31.42,
  risk: 9.7,
  p_value: 0.0003,
  rarity: 'one ordinary session in 3,300',
  severity: 'critical',
  cause: 'data_flow',
  target: 'files.paste-bin.example',
  quarantined: true,
  suppressed: null,
  relearning: null,
  sentences: [
    'It sent 64 MB to files.paste-bin.example, a destination that is new to it, to its 6 peers and to the tenant.',
    'What it sent came out of crm-eu / contacts.export in the same session; no output of crm-eu ever left the house.',
    'On 40 days it sent 1.1 MB a day in the middle, and never more than 1.9 MB.',
  ],
  reasons: [
    reason('destination_new', 'New destination', 12.1, {
      expected: 'one of 4 destinations, all inside',
      seen: 'files.paste-bin.example',
      strip: strip(
        1,
        0,
        'events',
        'On none of 40 days did it send anything to files.paste-bin.example; on this day once.',
      ),
    }),
    reason('amount_excess', 'Far larger than any earlier call', 9.8, {
      expected: 'the largest of 2,310 earlier calls has 1.6 MB',
      seen: '64 MB sent by http/files.upload',
      strip: strip(
        64_000_000,
        1_100_000,
        'bytes',
        'One call of http/files.upload: 64 MB sent in this one; the largest call of 40 earlier days has 1.6 MB sent.',
      ),
    }),
    reason('flow_new', 'Where the data came from', 8.32, {
      expected: 'outputs of ledger',
      seen: 'an output of crm-eu',
    }),
    reason('hour', 'Hour of the week', 2.1, {
      expected: 'Monday to Friday, 07:00 to 18:00 UTC',
      seen: 'Sunday, 03:00 UTC',
      strip: strip(31, 24, 'events', 'It made 31 calls on this day, about as many as on other days.'),
    }),
    reason('registered_change', 'Announced change of its tools', -0.9, {
      expected: 'new tools until Friday',
      seen: 'a new destination',
    }),
  ],
  evidence: {
    profile_events: 18_220,
    profile_days: 61,
    peer_group: 'role billing',
    peers: 6,
    knowledge_version: 41,
    model: 'straylight-default/3',
  },
  techniques: ['AML.T0086', 'ASI02'],
}

export function traceEvent(at: number, more: Partial<TraceEvent> = {}): TraceEvent {
  return {
    event_id: `evt-77${30 + at}`,
    time: now - (54 - at) * minuteMs,
    log_time: now - (54 - at) * minuteMs + 600,
    session: 'ses-2210',
    tool: 'ledger_read',
    system: 'ledger',
    action: 'entries.read',
    resource: null,
    destinations: [],
    privilege: 'read',
    credential_id: 'tok-billing-77',
    parent_agent: null,
    bytes_sent: 900,
    bytes_received: 14_200,
    records: 12,
    outcome: 'success',
    argument_names: ['account', 'month'],
    history: false,
    finding: null,
    fed_by: [],
    ...more,
  }
}

export const trace: TraceEvent[] = [
  traceEvent(6),
  traceEvent(7),
  traceEvent(8, { system: 'mail', action: 'messages.read', privilege: null, records: 1 }),
  traceEvent(9, { system: 'crm-eu', action: 'contacts.export', records: 41_200, bytes_received: 64_000_000 }),
  traceEvent(11, {
    event_id: 'evt-7741',
    system: 'http',
    action: 'files.upload',
    resource: 'export-2026.csv',
    destinations: [{ name: 'files.paste-bin.example', internal: false }],
    bytes_sent: 64_000_000,
    bytes_received: null,
    records: null,
    finding: { id: finding.id, score: 31.42, risk: 9.7, severity: 'critical', cause: 'data_flow', quarantined: true },
    fed_by: [{ event_id: 'evt-7739', argument: 'body' }],
  }),
  traceEvent(12, { outcome: 'denied', system: 'crm-eu', action: 'contacts.delete', records: null }),
]

export function commandDetail(alert: AlertRow, more: Partial<CommandDetail> = {}): CommandDetail {
  return {
    id: alert.command_id ?? 'cmd_fixture0009',
    alert_id: alert.id,
    tenant,
    agent: alert.agent,
    action: 'revoke_token',
    mode: 'enforce',
    state: alert.command_state,
    sentence: `Revoke the credential tok-billing-77 of ${alert.agent}, and issue it no other for 60 minutes.`,
    subject: { tenant_id: tenant, agent_id: alert.agent, credential_id: 'tok-billing-77' },
    digest: 'b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184',
    proposed_at: now - 40 * minuteMs,
    approved_at: null,
    approved_by: null,
    sent_at: null,
    answered_at: null,
    answer: null,
    approval_deadline: alert.approval_deadline,
    not_after: now + 20 * minuteMs,
    restores: null,
    restored_by: null,
    can_restore: false,
    ...more,
  }
}

export const verdictOf = (alert: AlertRow, answer: 'true' | 'false'): AlertDetail['verdicts'][number] => ({
  id: `vdt_${alert.id}`,
  alert_id: alert.id,
  answer,
  issuer: 'ada',
  role: 'analyst',
  reason: 'confirmed with the owner of the agent',
  command_id: null,
  suppress_days: null,
  time: now - 9 * day,
})
