import { z } from 'zod'
import { Tier } from './agent.ts'
import { CredentialHolder, Severity } from './finding.ts'

const Iso = z.iso.datetime()

/**
 * What a credential broker is asked to do (topic `agent.revocations.v1`, the payload of a compact JWS, EdDSA).
 * Everything that makes it safe is inside the signature: subject, scope, expiry, evidence, undo.
 * Its body is a function of the finding, the policy version and log time alone: one id never has two bodies.
 */
export const RevocationCommand = z.object({
  specversion: z.literal('agent-command/1'),
  id: z.string().startsWith('cmd_'),
  type: z.enum(['straylight.agent.credential.revoke.v1', 'straylight.agent.credential.restore.v1']),
  issued_at: Iso,
  /** Past this a broker must refuse. */
  not_after: Iso,
  issuer: z.string(),
  mode: z.enum(['enforce', 'dry_run']),
  action: z.enum(['revoke_token', 'revoke_session', 'suspend_agent', 'restore']),
  subject: z.object({
    tenant_id: z.string(),
    agent_id: z.string(),
    session_id: z.string().optional(),
    credential_id: z.string().optional(),
  }),
  scope: z.object({
    match: z.enum(['credential', 'session', 'agent']),
    credentials_issued_before: Iso,
    systems: z.array(z.string()),
    cascade_to_delegates: z.boolean(),
    /** A broker refuses when more would be hit. */
    max_credentials: z.number().int().positive(),
  }),
  hold: z.object({ deny_reissue_until: Iso, release: z.enum(['auto', 'manual']) }),
  reason: z.object({ code: z.string(), admin: z.string(), risk_level: z.enum(['LOW', 'MEDIUM', 'HIGH']) }),
  evidence: z.object({
    finding_id: z.string(),
    alert_id: z.string(),
    event_ids: z.array(z.string()),
    score: z.number(),
    confidence: z.number().min(0).max(1),
    severity: Severity,
    model: z.string(),
    knowledge_version: z.number().int(),
    /** SHA-256 of the finding as it stands in the topic. */
    digest: z.string().startsWith('sha256:'),
  }),
  policy: z.object({
    id: z.string(),
    version: z.number().int(),
    tier: Tier,
    decision: z.enum(['auto', 'human']),
  }),
  approval: z.object({ required: z.boolean(), by: z.string().nullable() }),
  precondition: z.object({
    agent_state: z.literal('active'),
    /** The agent that must hold the credential or session: a broker refuses (`holder_mismatch`) where it is another's. */
    holder_agent_id: z.string().optional(),
    /** The evidence that names this holder; absent: there is none, and the holder is the accused by its own word. */
    holder_basis: CredentialHolder.shape.basis.optional(),
  }),
  undo: z.object({ type: z.literal('straylight.agent.credential.restore.v1'), of: z.string() }),
  reply: z.object({ topic: z.string(), deadline: Iso }),
})
export type RevocationCommand = z.infer<typeof RevocationCommand>
