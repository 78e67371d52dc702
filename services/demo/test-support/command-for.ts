import { RevocationCommand } from '@straylight/schemas/revocation-command'

/** A command as respond would write it, for tests: revokes one credential of `acme`'s agent `desk-1` unless reported otherwise. */
export function commandFor(
  credentialId: string | undefined,
  options: {
    at: number
    id?: string
    agent?: string
    /** The agent that must hold it; without one, `agent`. */
    holder?: string
    action?: RevocationCommand['action']
    match?: RevocationCommand['scope']['match']
    session?: string
    max?: number
    mode?: RevocationCommand['mode']
  },
): RevocationCommand {
  const iso = (afterMs: number) => new Date(options.at + afterMs).toISOString()
  const id = options.id ?? `cmd_${credentialId ?? options.agent ?? 'agent'}`
  return RevocationCommand.parse({
    specversion: 'agent-command/1',
    id,
    type: 'straylight.agent.credential.revoke.v1',
    issued_at: iso(0),
    not_after: iso(120_000),
    issuer: '/straylight/test',
    mode: options.mode ?? 'enforce',
    action: options.action ?? 'revoke_token',
    subject: {
      tenant_id: 'acme',
      agent_id: options.agent ?? 'desk-1',
      session_id: options.session,
      credential_id: credentialId,
    },
    scope: {
      match: options.match ?? 'credential',
      credentials_issued_before: iso(0),
      systems: [],
      cascade_to_delegates: false,
      max_credentials: options.max ?? 1,
    },
    hold: { deny_reissue_until: iso(1_800_000), release: 'auto' },
    reason: { code: 'behaviour.new_system', admin: 'first use of a system', risk_level: 'HIGH' },
    evidence: {
      finding_id: 'fnd_1',
      alert_id: 'alr_1',
      event_ids: ['evt_1'],
      score: 20,
      confidence: 0.9999,
      severity: 'high',
      model: 'test',
      knowledge_version: 1,
      digest: 'sha256:00',
    },
    policy: { id: 'demo', version: 1, tier: 'low', decision: 'auto' },
    approval: { required: false, by: null },
    precondition: { agent_state: 'active', holder_agent_id: options.holder },
    undo: { type: 'straylight.agent.credential.restore.v1', of: id },
    reply: { topic: 'agent.revocations.results.v1', deadline: iso(10_000) },
  })
}
