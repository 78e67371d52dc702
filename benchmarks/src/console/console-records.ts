import { jsonText } from './row-text.ts'

// Records as the topics have them, made by the engine itself. What the console reads of them is checked by its own forms as it is asked.

const columns = (...names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, name]))

/** Of columns number, tenant, agent, at, sys, act, ses and id. */
export const eventText = jsonText(
  {
    ...{ id: '‹id›', time: '‹#at›', tenant: '‹tenant›', agent: '‹agent›', system: '‹sys›', action: '‹act›' },
    ...{ session: '‹ses›', tool: 'tool-1', destinations: ['host-1.example'], bytes_sent: 900, outcome: 'success' },
    credential: { id: 'tok-‹agent›', scopes: ['read', 'write'] },
    ...{ format: 'native', registered: true, content_hash: '0123456789abcdef' },
    position: { topic: 'agent.audit.v1', partition: 0, offset: 1, index: 0 },
  },
  columns('id', 'at', 'tenant', 'agent', 'sys', 'act', 'ses'),
)

const finding = {
  ...{ id: 'fnd_‹id›', tenant: '‹tenant›', agent: '‹agent›', owner: '‹owner›', tier: 'medium', registered: true },
  ...{ session: '‹session›', event_id: '‹event›' },
  log: { topic: 'agent.events.v1', partition: 0, offset: 1 },
  source: { partition: 0, offset: 1, index: 0 },
  ...{ time: '‹#at›', log_time: '‹#at›', system: 'sys-1', action: 'act.1' },
  ...{
    score: 12.5,
    risk: 4.5,
    p_value: 0.0001,
    severity: '‹severity›',
    cause: '‹cause›',
    target: '‹target›',
    held_out: false,
  },
  contributions: ['destination_new', 'system_new', 'rate_hour', 'sent_of_step'].map((feature) => ({
    ...{ feature, value: 4, contribution: 3.125 },
    ...{ expected: '4 destinations in 812 events', seen: 'evil.example, never seen' },
  })),
  reasons: ['evil.example was never seen in 812 events of this agent'],
  evidence: {
    ...{ profile_events: 812, profile_days: 90, peer_group: 'role:1', peers: 999 },
    ...{ knowledge_version: 1, model: 'straylight-default/3' },
  },
  techniques: ['ASI02'],
}
const ofFinding = columns('id', 'tenant', 'agent', 'owner', 'session', 'event', 'at', 'severity', 'cause', 'target')

/** Of columns id, tenant, agent, owner, session, event, at, severity, cause and target. */
export const findingText = jsonText(finding, ofFinding)

const command = {
  ...{ specversion: 'agent-command/1', id: 'cmd_‹id›', type: 'straylight.agent.credential.revoke.v1' },
  ...{ issued_at: '‹iso›', not_after: '‹iso›', issuer: '/straylight/bench', mode: 'enforce', action: 'revoke_token' },
  subject: { tenant_id: '‹tenant›', agent_id: '‹agent›', credential_id: 'tok-‹agent›' },
  scope: {
    ...{ match: 'credential', credentials_issued_before: '‹iso›', systems: [] },
    ...{ cascade_to_delegates: false, max_credentials: 1 },
  },
  hold: { deny_reissue_until: '‹iso›', release: 'auto' },
  reason: { code: 'behaviour', admin: 'It strayed.', risk_level: 'HIGH' },
  evidence: {
    ...{ finding_id: 'fnd_‹id›', alert_id: '‹id›', event_ids: ['‹event›'], score: 12.5, confidence: 0.9 },
    ...{ severity: 'high', model: 'straylight-default/3', knowledge_version: 1, digest: 'sha256:00' },
  },
  policy: { id: 'acme', version: 1, tier: 'medium', decision: 'human' },
  approval: { required: true, by: null },
  precondition: { agent_state: 'active' },
  undo: { type: 'straylight.agent.credential.restore.v1', of: 'cmd_‹id›' },
  reply: { topic: 'agent.revocations.results.v1', deadline: '‹iso›' },
}

/** Of columns id, tenant, agent, event and iso. */
export const commandText = jsonText(command, columns('id', 'tenant', 'agent', 'event', 'iso'))

/** The same columns, and n, revision, state, summary, command and iso. */
export const alertText = (revision: number): string => {
  const plain = {
    ...{
      id: '‹id›',
      revision,
      tenant: '‹tenant›',
      agent: '‹agent›',
      owner: '‹owner›',
      tier: 'medium',
      cause: '‹cause›',
    },
    ...{ target: '‹target›', state: '‹state›', severity: '‹severity›', summary: '‹summary›' },
    ...{ opened_at: '‹#at›', first_seen: '‹#at›', last_seen: '‹#at›', evidence_at: '‹#at›', finding_count: 1 },
    ...{ findings: [finding], event_ids: ['‹event›'], response: 'alert', command_state: '‹command›' },
    ...{ verdicts: [], deliveries: [] },
  }
  const all = { ...ofFinding, ...columns('state', 'summary', 'command', 'iso') }
  return `if(command = 'none', ${jsonText(plain, all)}, ${jsonText({ ...plain, command }, all)})`
}

/** Of column number. */
export const rejectionText = jsonText(
  {
    ...{ code: 'invalid_field', reason: 'expected a whole number', path: 'records', origin: 'audit-‹part›.ndjson' },
    position: { topic: 'agent.audit.v1', partition: 0, offset: '‹#number›', index: 0 },
    ...{ length_bytes: 90, sha256: '0'.repeat(64), head_base64: Buffer.from('{"records":"many"}').toString('base64') },
  },
  { number: 'number', part: 'number % 50' },
)
