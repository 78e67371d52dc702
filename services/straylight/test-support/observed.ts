import { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { RevocationCommand } from '@straylight/schemas/revocation-command'

/** When the incident of these fixtures began, milliseconds since 1970 UTC. */
export const from = Date.UTC(2026, 9, 14, 12)

export const finding = (over: Partial<Finding> = {}): Finding => ({
  id: 'fnd_1',
  tenant: 'velor',
  agent: 'support-drusugam-1',
  tier: 'low',
  registered: true,
  session: 'run-1',
  event_id: 'evt_1',
  log: { topic: 'agent.events.v1', partition: 0, offset: 7 },
  source: { partition: 0, offset: 7, index: 0 },
  time: from + 500,
  log_time: from + 900,
  system: 'gioheas-cases',
  action: 'deleteHistory',
  score: 31.4,
  risk: 12.1,
  p_value: 2e-6,
  severity: 'critical',
  cause: 'new_action',
  target: 'gioheas-cases/deleteHistory',
  held_out: true,
  contributions: [
    { feature: 'sent_surprise', value: 1, contribution: 1.2, expected: 'about 200 bytes', seen: '180 bytes' },
    {
      feature: 'step_surprise',
      value: 8,
      contribution: 8,
      expected: 'gioheas-cases/fetchCase 402 times of 1,804, gioheas-cases/annotateCase 388 times, and never this',
      seen: 'gioheas-cases/deleteHistory',
    },
  ],
  reasons: ['it deletes records, which neither this agent nor any of its 8 peers has done in 28 days of history'],
  evidence: {
    profile_events: 1804,
    profile_days: 28,
    peer_group: 'support',
    peers: 8,
    knowledge_version: 1,
    model: 'default',
  },
  techniques: ['ASI01'],
  ...over,
})

const iso = (afterMs: number) => new Date(from + afterMs).toISOString()

export const command: RevocationCommand = RevocationCommand.parse({
  specversion: 'agent-command/1',
  id: 'cmd_1',
  type: 'straylight.agent.credential.revoke.v1',
  issued_at: iso(900),
  not_after: iso(120_900),
  issuer: '/straylight/test',
  mode: 'enforce',
  action: 'revoke_token',
  subject: { tenant_id: 'velor', agent_id: 'support-drusugam-1', credential_id: 'jti:9c1e7b52' },
  scope: {
    match: 'credential',
    credentials_issued_before: iso(900),
    systems: [],
    cascade_to_delegates: false,
    max_credentials: 1,
  },
  hold: { deny_reissue_until: iso(1_800_000), release: 'auto' },
  reason: { code: 'behaviour.new_action', admin: 'it deletes records', risk_level: 'HIGH' },
  evidence: {
    finding_id: 'fnd_1',
    alert_id: 'alr_0123456789abcdef0123',
    event_ids: ['evt_1'],
    score: 31.4,
    confidence: 0.999998,
    severity: 'critical',
    model: 'default',
    knowledge_version: 1,
    digest: 'sha256:00',
  },
  policy: { id: 'demo', version: 1, tier: 'low', decision: 'auto' },
  approval: { required: false, by: null },
  precondition: { agent_state: 'active' },
  undo: { type: 'straylight.agent.credential.restore.v1', of: 'cmd_1' },
  reply: { topic: 'agent.revocations.results.v1', deadline: iso(10_900) },
})

export const alert = (over: Partial<Alert> = {}): Alert =>
  Alert.parse({
    id: 'alr_0123456789abcdef0123',
    revision: 1,
    tenant: 'velor',
    agent: 'support-drusugam-1',
    tier: 'low',
    cause: 'new_action',
    target: 'gioheas-cases/deleteHistory',
    state: 'open',
    severity: 'critical',
    summary: 'It deletes records.',
    opened_at: from + 900,
    first_seen: from + 500,
    last_seen: from + 500,
    evidence_at: from + 900,
    finding_count: 1,
    findings: [finding()],
    event_ids: ['evt_1'],
    response: 'revoke',
    command,
    command_state: 'applied',
    verdicts: [],
    deliveries: [
      {
        webhook: 'soc',
        message_id: 'msg_1',
        event: 'agent.alert.created',
        body: '{}',
        attempts: 1,
        state: 'delivered',
        next_attempt_at: 0,
        last_status: 204,
      },
    ],
    ...over,
  })
