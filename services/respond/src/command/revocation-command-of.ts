import { createHash } from 'node:crypto'
import type { Tier } from '@straylight/schemas/agent'
import type { Finding, Severity } from '@straylight/schemas/finding'
import { credentialsPerCommandMax, type Policy } from '@straylight/schemas/policy'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import { shortened } from '../alert/shortened.ts'
import { whoIsHit } from '../decide/who-is-hit.ts'
import { smallestRevocation } from './smallest-revocation.ts'

export interface CommandOrigin {
  readonly finding: Finding
  /** SHA-256 of the finding's record, `sha256:…`. */
  readonly digest: string
  readonly alertId: string
  readonly policy: Policy
  readonly issuer: string
  /** The strictest tier of the agents concerned: the one that decided. */
  readonly tier: Tier
  readonly decision: 'auto' | 'human'
  readonly mode: RevocationCommand['mode']
  /** Log time of issue: that of the finding, or of the moment when it was decided again. */
  readonly at: number
}

/**
 * The policy bounds what goes out by itself. A person who approves that an agent is suspended means all that it has: a bound of one credential,
 * the default, would have the broker refuse that of every agent with two.
 */
function mostTaken(
  match: RevocationCommand['scope']['match'],
  { human, ofPolicy }: { human: boolean; ofPolicy: number },
): number {
  if (match === 'credential') return 1
  return match === 'agent' && human ? credentialsPerCommandMax : ofPolicy
}

/**
 * The command that answers a finding: a function of the finding, the policy version and log time alone. However late it is
 * issued, it expires by the finding's log time. With `decision: 'human'` it is a draft that `approvedCommand` completes.
 */
export function revocationCommandOf(origin: CommandOrigin): RevocationCommand {
  const { finding, policy, at } = origin
  const { revocation } = policy
  const { action, match, subject } = smallestRevocation(finding)
  const { basis } = whoIsHit(finding)
  const human = origin.decision === 'human'
  const id = commandId(finding, policy)
  return RevocationCommand.parse({
    specversion: 'agent-command/1',
    id,
    type: 'straylight.agent.credential.revoke.v1',
    issued_at: iso(at),
    not_after: iso(human ? at + revocation.expires_after_seconds * 1000 : expiryOf(finding, policy)),
    issuer: origin.issuer,
    mode: origin.mode,
    action,
    subject: { tenant_id: finding.tenant, agent_id: finding.agent, ...subject },
    scope: {
      match,
      credentials_issued_before: iso(at),
      // Empty: everywhere. A hijacked agent does not stay in the system where it was noticed.
      systems: [],
      cascade_to_delegates: false,
      max_credentials: mostTaken(match, { human, ofPolicy: revocation.max_credentials }),
    },
    hold: { deny_reissue_until: iso(at + revocation.deny_reissue_seconds * 1000), release: 'auto' },
    reason: {
      code: `behaviour.${finding.cause}`,
      admin: shortened(finding.reasons.join('; ') || `${finding.cause}: ${finding.target}`, 500),
      risk_level: riskLevels[finding.severity],
    },
    evidence: {
      finding_id: finding.id,
      alert_id: origin.alertId,
      event_ids: [finding.event_id],
      score: finding.score,
      confidence: 1 - finding.p_value,
      severity: finding.severity,
      model: finding.evidence.model,
      knowledge_version: finding.evidence.knowledge_version,
      digest: origin.digest,
    },
    policy: { id: policy.id, version: policy.version, tier: origin.tier, decision: origin.decision },
    approval: { required: human, by: null },
    precondition: {
      agent_state: 'active',
      holder_agent_id: finding.agent,
      ...(basis === undefined ? {} : { holder_basis: basis }),
    },
    undo: { type: 'straylight.agent.credential.restore.v1', of: id },
    reply: { topic: topics.results.name, deadline: iso(at + revocation.reply_within_seconds * 1000) },
  } satisfies RevocationCommand)
}

/** Log time from which on no command goes out for this finding by itself. */
export function expiryOf(finding: Finding, { revocation }: Policy): number {
  return finding.log_time + revocation.expires_after_seconds * 1000
}

/** `cmd_` and a hash of finding, policy, its version and the action: made twice, it is the same command. */
export function commandId(finding: Finding, policy: Policy): string {
  return hashedId([finding.id, policy.id, policy.version, smallestRevocation(finding).action])
}

/** A held draft, released: every time in it moves from the moment of the draft to that of the approval. */
export function approvedCommand(draft: RevocationCommand, by: string, at: number): RevocationCommand {
  const shift = at - Date.parse(draft.issued_at)
  const moved = (time: string): string => iso(Date.parse(time) + shift)
  return {
    ...draft,
    issued_at: moved(draft.issued_at),
    not_after: moved(draft.not_after),
    scope: { ...draft.scope, credentials_issued_before: moved(draft.scope.credentials_issued_before) },
    hold: { ...draft.hold, deny_reissue_until: moved(draft.hold.deny_reissue_until) },
    approval: { required: true, by },
    reply: { ...draft.reply, deadline: moved(draft.reply.deadline) },
  }
}

/** A draft for the same that was asked about before: a command of its own, so that no answer to the earlier one speaks of it. */
export function askedAgain(draft: RevocationCommand, at: number): RevocationCommand {
  const id = hashedId([draft.id, 'asked', at])
  return { ...draft, id, undo: { ...draft.undo, of: id } }
}

/** The command that takes another one back: same subject and scope, signed and expiring like it. */
export function restoreCommandOf(
  revoked: RevocationCommand,
  restore: { by: string; reason: string; at: number },
): RevocationCommand {
  const moved = approvedCommand(revoked, restore.by, restore.at)
  return {
    ...moved,
    id: hashedId([revoked.id, 'restore', restore.at]),
    type: 'straylight.agent.credential.restore.v1',
    action: 'restore',
    hold: { deny_reissue_until: moved.issued_at, release: 'auto' },
    reason: { ...revoked.reason, code: 'verdict.restore', admin: shortened(restore.reason, 500) },
    policy: { ...revoked.policy, decision: 'human' },
    undo: { type: 'straylight.agent.credential.restore.v1', of: revoked.id },
  }
}

const riskLevels: Record<Severity, RevocationCommand['reason']['risk_level']> = {
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'HIGH',
}

const iso = (ms: number): string => new Date(ms).toISOString()

const hashedId = (parts: readonly unknown[]): string =>
  `cmd_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`
