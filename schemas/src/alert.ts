import { z } from 'zod'
import { Tier } from './agent.ts'
import { Cause, Finding, Severity } from './finding.ts'
import { Response, WebhookFormat } from './policy.ts'
import { RenamedFrom } from './renamed-agent.ts'
import { RevocationCommand } from './revocation-command.ts'
import { Role } from './verdict.ts'

export const AlertState = z.enum(['open', 'awaiting_approval', 'closed'])
export type AlertState = z.infer<typeof AlertState>

/** One attempt series to one webhook: what is due survives a restart because it stands in the alert. */
export const Delivery = z.object({
  webhook: z.string(),
  /** Stable over retries: the receiver's key against repeats. */
  message_id: z.string(),
  event: z.enum([
    'agent.alert.created',
    'agent.alert.updated',
    'agent.alert.closed',
    'agent.approval.requested',
    'agent.command.issued',
    'agent.command.waiting',
    'agent.command.completed',
    'agent.command.failed',
    // Sent by hand, to see whether a webhook works; in no alert.
    'agent.webhook.test',
    // What happened at an owner's agents in a day; in no alert.
    'agent.digest.daily',
  ]),
  /** Holds no secret: a product's token is put in as it is sent. */
  body: z.string(),
  /** The form of the body. Absent: `straylight`. */
  format: WebhookFormat.optional(),
  attempts: z.number().int().nonnegative(),
  /** `disabled`: in old records only, after an answer 410. */
  state: z.enum(['due', 'delivered', 'failed', 'disabled']),
  next_attempt_at: z.number().int(),
  /** Since when it has been due, milliseconds since 1970 UTC; or an older message that gave way to it. Absent in old records. */
  due_since: z.number().int().optional(),
  last_status: z.number().int().optional(),
  last_error: z.string().optional(),
})
export type Delivery = z.infer<typeof Delivery>

/** A person's yes to a command that a breaker still holds: it is sent as soon as there is a free place. */
export const WaitingApproval = z.object({
  by: z.string(),
  /** Log time of the approval: the oldest goes first. */
  at: z.number().int(),
  /** What was left of the deadline then, in milliseconds: so long it may still be sent once the breaker has opened. */
  left_ms: z.number().int().nonnegative(),
  /** Agents of the tenant then: what the breakers' share is a share of. */
  agents: z.number().int().nonnegative(),
})
export type WaitingApproval = z.infer<typeof WaitingApproval>

/**
 * A finding that nothing but the detector's own state kept from its answer: it is decided again once that is over, as long as a command
 * of its own would be good.
 */
export const PostponedDecision = z.object({
  finding: Finding,
  /** SHA-256 of the finding as it stands in the topic. */
  digest: z.string().startsWith('sha256:'),
  /** Agents of the tenant then: what the breakers' share is a share of. */
  agents: z.number().int().nonnegative(),
  /** What kept it from its answer, in words. */
  limited_by: z.string(),
  /** When a command of the finding expires, milliseconds since 1970 UTC of log time. */
  until: z.number().int(),
})
export type PostponedDecision = z.infer<typeof PostponedDecision>

/** A command of this alert that a person has taken back. */
export const Restore = z.object({
  command: RevocationCommand,
  by: z.string(),
  reason: z.string(),
  state: z.enum(['sent', 'applied', 'refused', 'expired', 'unanswered']),
  /** The broker's words where it did not obey. */
  result: z.string().optional(),
})
export type Restore = z.infer<typeof Restore>

/** An agent that began the same as others of its role. */
export const RoleMember = z.object({
  agent: z.string(),
  owner: z.string().optional(),
  tier: Tier,
})
export type RoleMember = z.infer<typeof RoleMember>

/** Agents of one role that began the same within a day of each other: one alert for all of them. */
export const RoleChange = z.object({
  /** The peer group of them all: `role:` and the registry's role, or `like:` and an agent. */
  group: z.string(),
  /** Agents of the group in all, as the knowledge of the findings says. */
  size: z.number().int().positive(),
  /** Those that began, the first one first. */
  agents: z.array(RoleMember).min(2),
  /** Log time at which the latest of them began. */
  joined_at: z.number().int(),
  /** The first revision with all of them: a verdict of an earlier one speaks of fewer. */
  joined_revision: z.number().int().positive().optional(),
})
export type RoleChange = z.infer<typeof RoleChange>

/**
 * What a SOC analyst works on (topic `agent.alerts.v1`, compacted by id; the journal that respond is rebuilt from).
 * One open alert an agent, cause and target; new evidence updates it. Where peers begin the same, one for all of them (`role_change`).
 */
export const Alert = z.object({
  id: z.string().startsWith('alr_'),
  /** Counts up with every change: the highest one is the alert. */
  revision: z.number().int().positive(),
  tenant: z.string(),
  agent: z.string(),
  owner: z.string().optional(),
  tier: Tier,
  /** Peers of `agent` (the one that began first) that began the same: the alert is about them all. */
  role_change: RoleChange.optional(),
  /** Whom the agent looks like under a new name: what that one did is counted in here, as long as nobody has spoken. */
  renamed_from: RenamedFrom.optional(),
  cause: Cause,
  target: z.string(),
  state: AlertState,
  severity: Severity,
  summary: z.string(),
  opened_at: z.number().int(),
  first_seen: z.number().int(),
  last_seen: z.number().int(),
  /** Log time of the latest evidence: quiet time counts from here. */
  evidence_at: z.number().int(),
  closed_at: z.number().int().optional(),
  close_reason: z
    .enum(['verdict_true', 'verdict_false', 'rejected', 'quiet', 'made_room', 'withdrawn', 'renamed'])
    .optional(),
  /** Findings in all, and the gravest of them whole, in the order in which they came. */
  finding_count: z.number().int().positive(),
  findings: z.array(Finding),
  event_ids: z.array(z.string()),
  response: Response,
  /** Why the response is milder than the policy's answer: thin history, a breaker, an unwell detector. */
  response_limited_by: z.string().optional(),
  /** The same for programs, where it is a state that passes: the detector is unwell, or a breaker is shut. */
  limited_by_code: z.enum(['unwell', 'breaker']).optional(),
  /** What is decided again; at most four. Absent: nothing is. */
  postponed: z.array(PostponedDecision).optional(),
  /** By when a held command must be approved; of an approved one, by when it must be sent (later while a breaker holds it). */
  approval_deadline: z.number().int().optional(),
  command: RevocationCommand.optional(),
  command_state: z.enum([
    'none',
    'shadow',
    'held',
    'approved',
    'sent',
    'applied',
    'refused',
    'expired',
    'unanswered',
    'restored',
  ]),
  /** Only while `command_state` is `approved`. */
  approval: WaitingApproval.optional(),
  /** The first revisions with this command and with this severity: a verdict of an earlier one speaks of something else. */
  command_revision: z.number().int().positive().optional(),
  severity_revision: z.number().int().positive().optional(),
  /** Commands of this alert that were taken back, in order. */
  restores: z.array(Restore).optional(),
  verdicts: z.array(
    z.object({
      id: z.string(),
      answer: z.string(),
      command_id: z.string().optional(),
      issuer: z.string(),
      role: Role.optional(),
      reason: z.string(),
      suppress_days: z.number().int().optional(),
      /** When it was said, by the issuer's clock; when the log took it. */
      time: z.number().int(),
      taken_at: z.number().int().optional(),
    }),
  ),
  deliveries: z.array(Delivery),
})
export type Alert = z.infer<typeof Alert>
