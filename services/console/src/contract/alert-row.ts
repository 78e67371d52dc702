import { Tier } from '@straylight/schemas/agent'
import { Alert, AlertState } from '@straylight/schemas/alert'
import { Cause, Severity } from '@straylight/schemas/finding'
import { Response } from '@straylight/schemas/policy'
import { Answer } from '@straylight/schemas/verdict'
import { z } from 'zod'
import { Milliseconds, pageOf } from './list-part.ts'

export const CommandState = Alert.shape.command_state

/** One alert of the queue, as its latest revision says. */
export const AlertRow = z.object({
  id: z.string(),
  revision: z.number().int(),
  tenant: z.string(),
  agent: z.string(),
  owner: z.string().nullable(),
  /** Who works on it, and who said so when; null: nobody. */
  assignee: z.object({ name: z.string(), by: z.string(), time: Milliseconds }).nullable(),
  /** The agent's role in the registry. */
  role: z.string().nullable(),
  /** Whether the registry has the agent; where not, the tier is the one that it is judged as. */
  registered: z.boolean(),
  tier: Tier,
  cause: Cause,
  target: z.string(),
  state: AlertState,
  severity: Severity,
  /** One sentence. */
  summary: z.string(),
  /** Log times: when it was opened, and when its latest revision was written. */
  opened_at: Milliseconds,
  changed_at: Milliseconds,
  /** Event times of its first and latest finding. */
  first_seen: Milliseconds,
  last_seen: Milliseconds,
  closed_at: Milliseconds.nullable(),
  close_reason: z
    .enum(['verdict_true', 'verdict_false', 'rejected', 'quiet', 'made_room', 'withdrawn', 'renamed'])
    .nullable(),
  finding_count: z.number().int(),
  /** Highest score of its findings, in nats. */
  score: z.number(),
  response: Response,
  response_limited_by: z.string().nullable(),
  command_id: z.string().nullable(),
  command_state: CommandState,
  approval_deadline: Milliseconds.nullable(),
  /** The last word of a person on it. */
  verdict: z.object({ answer: z.string(), issuer: z.string(), time: Milliseconds }).nullable(),
})
export type AlertRow = z.infer<typeof AlertRow>

/**
 * Fields that `search` knows as `field:value`. Terms are separated by spaces and must all hold; `-field:value` must not; quotes hold
 * spaces together (`target:"HR system"`); `*` stands for any text. A word without a field is looked for in summary, agent and target.
 * `assignee:*` finds what somebody works on, `assignee:""` what nobody does.
 */
export const alertSearchFields = [
  'id',
  'tenant',
  'agent',
  'owner',
  'assignee',
  'role',
  'tier',
  'cause',
  'target',
  'state',
  'severity',
  'response',
  'command',
  'verdict',
  'issuer',
] as const

/** What the fields with fixed values can hold; `verdict:""`: nobody has answered. */
export const alertSearchValues = {
  tier: Tier.options,
  cause: Cause.options,
  state: AlertState.options,
  severity: Severity.options,
  response: Response.options,
  command: CommandState.options,
  verdict: [...Answer.options, ''],
} as const satisfies Partial<Record<(typeof alertSearchFields)[number], readonly string[]>>

/** Terms that ask for alerts whatever their state: the state itself, what was answered by whom, and one alert by its id. */
const ofAnyState = /(?:^|\s)(?:-?state|verdict|issuer|id):/

/** Which alerts a search is among where no state is chosen: those that are not closed, unless its terms ask for more. */
export const stateUnsaid = (search: string | undefined): 'open' | 'all' =>
  ofAnyState.test((search ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '""')) ? 'all' : 'open'

export const AlertsQuery = z.strictObject({
  search: z.string().max(1000).optional(),
  /** `open`: all that are not closed, as where it is left out; a search for a state, an answer or an id is then among all. */
  state: z.enum(['open', 'awaiting_approval', 'closed', 'all']).optional(),
  /** As loud or louder. */
  severity_min: Severity.optional(),
  tenant: z.string().max(512).optional(),
  sort: z.enum(['gravest', 'newest', 'oldest', 'changed', 'score', 'deadline']).default('gravest'),
  cursor: z.string().max(4000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const AlertPage = pageOf(AlertRow).extend({
  /** Of all that match, not of this page; null where there are more than the bound (`total_max`). */
  total: z.number().int().nullable(),
  total_max: z.number().int(),
})
export type AlertPage = z.infer<typeof AlertPage>

export const AlertGroupsQuery = AlertsQuery.omit({ cursor: true, sort: true }).extend({
  by: z.enum(['agent', 'role', 'cause', 'owner', 'severity']).default('agent'),
})

/** Alerts that match, counted by what they have in common; the gravest group first. To see one, search for its `search`. */
export const AlertGroups = z.object({
  as_of: Milliseconds,
  groups: z.array(
    z.object({
      tenant: z.string(),
      /** The agent, role, cause, owner or severity; null: those that have none. */
      name: z.string().nullable(),
      alerts: z.number().int(),
      severities: z.record(Severity, z.number().int()),
      newest_at: Milliseconds,
      /** The `field:value` terms that find these alerts; null where nothing finds those without a name. */
      search: z.string().nullable(),
    }),
  ),
  more: z.boolean(),
})
export type AlertGroups = z.infer<typeof AlertGroups>
