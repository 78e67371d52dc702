import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { Answer } from '@straylight/schemas/verdict'
import { z } from 'zod'
import { AlertRow, CommandState } from './alert-row.ts'
import { FindingDetail } from './finding-detail.ts'
import { listPart, Milliseconds } from './list-part.ts'
import { PasskeyAsked } from './passkeys.ts'
import { TraceEvent } from './trace-event.ts'

/** A revocation or restore, and how far it came. Null: not yet, or never. */
export const CommandDetail = z.object({
  id: z.string(),
  alert_id: z.string(),
  tenant: z.string(),
  agent: z.string(),
  action: RevocationCommand.shape.action,
  /** `dry_run`: decided and recorded, obeyed by nobody. */
  mode: RevocationCommand.shape.mode,
  state: CommandState,
  /** One sentence: what it asks the broker to do. */
  sentence: z.string(),
  subject: RevocationCommand.shape.subject,
  /** SHA-256 (hex) of the command's canonical JSON as shown here: what an approval speaks of. */
  digest: z.string(),
  proposed_at: Milliseconds,
  approved_at: Milliseconds.nullable(),
  approved_by: z.string().nullable(),
  sent_at: Milliseconds.nullable(),
  answered_at: Milliseconds.nullable(),
  /** The broker's status code and words. */
  answer: z.object({ status_code: z.string(), message: z.string() }).nullable(),
  /** By when it must be approved; past when a broker refuses it. */
  approval_deadline: Milliseconds.nullable(),
  not_after: Milliseconds,
  /** The command that this one takes back; the one that takes this back. */
  restores: z.string().nullable(),
  restored_by: z.string().nullable(),
  /** It took effect and can be taken back (`POST /api/restores`). */
  can_restore: z.boolean(),
})
export type CommandDetail = z.infer<typeof CommandDetail>

export const VerdictRow = z.object({
  id: z.string(),
  alert_id: z.string(),
  answer: Answer,
  issuer: z.string(),
  role: z.string().nullable(),
  reason: z.string(),
  command_id: z.string().nullable(),
  suppress_days: z.number().int().nullable(),
  time: Milliseconds,
})
export type VerdictRow = z.infer<typeof VerdictRow>

/** What an answer would do, said before it is given. */
export const Consequence = z.object({
  answer: Answer,
  /** Whether it makes sense now and this user may give it; `why_not` says what hinders it. */
  allowed: z.boolean(),
  why_not: z.string().nullable(),
  /** Whole sentences. */
  sentences: z.array(z.string()),
  /** The command that it speaks of: sent back with the verdict, so that no other one is meant. */
  command_id: z.string().nullable(),
  /** With which passkey it must be signed; null: with none. */
  passkey: PasskeyAsked.nullable(),
})
export type Consequence = z.infer<typeof Consequence>

export const AlertDetail = z.object({
  as_of: Milliseconds,
  alert: AlertRow,
  /** What was decided and why no more was done, in sentences. */
  decision: z.array(z.string()),
  /** The gravest findings whole, the highest score first; `finding_count` of the alert counts all. */
  findings: z.array(FindingDetail),
  /** The session of the gravest finding, in order of time: events before, those that the findings are of, events after. */
  events: z.object({ items: z.array(TraceEvent), more_before: z.boolean(), more_after: z.boolean() }),
  /** Highest risk of the agent's latest sessions, oldest first: what is usual, with this session in it. One that runs: until now. */
  risk: z.array(
    z.object({
      ...{ session: z.string(), ended_at: Milliseconds, running: z.boolean() },
      ...{ risk: z.number(), this: z.boolean() },
    }),
  ),
  peers: z.object({
    group: z.string(),
    /** Those that the latest knowledge names. */
    peers: z.number().int(),
    /** How many of them do the same step (system and action), and who; null where the event has no peers to ask. */
    that_do: z.number().int().nullable(),
    examples: z.array(z.string()),
    /** The same in one sentence; or why peers say nothing here. */
    sentence: z.string(),
  }),
  /** Which output fed which argument, back from the events of the alert in that session. Empty where nothing did, or events do not say. */
  provenance: z.object({
    /** The calls on the way, in their order; of one that is not stored any more neither time nor step is known. */
    calls: z.array(
      z.object({
        event_id: z.string(),
        time: Milliseconds.nullable(),
        /** `system/action`. */
        step: z.string().nullable(),
        /** The alert reports it. */
        reported: z.boolean(),
      }),
    ),
    feeds: z.array(z.object({ from: z.string(), to: z.string(), argument: z.string().nullable() })),
    /** There are earlier calls on the way. */
    more: z.boolean(),
    sentence: z.string().nullable(),
  }),
  /** Earlier alerts of the same agent and cause, and of other agents on the same target; newest first, with their verdicts. */
  alike: listPart(
    z.object({ alert: AlertRow, why: z.enum(['same_agent', 'same_target']), verdicts: z.array(VerdictRow) }),
  ),
  commands: z.array(CommandDetail),
  verdicts: z.array(VerdictRow),
  consequences: z.array(Consequence),
  /** The same from a shell. */
  answer_with: z.array(z.string()),
})
export type AlertDetail = z.infer<typeof AlertDetail>
