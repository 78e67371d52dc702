import type { LogRecord } from '@straylight/runtime/log/log'
import { setAsideRecord } from '@straylight/runtime/set-aside/set-aside-record'
import { setAsideRow, setAsideTable } from '@straylight/runtime/set-aside/set-aside-row'
import { Alert } from '@straylight/schemas/alert'
import { AlertAssignee } from '@straylight/schemas/alert-assignee'
import { Finding } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { Rejection } from '@straylight/schemas/rejection'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { RevocationResult } from '@straylight/schemas/revocation-result'
import { Session } from '@straylight/schemas/session'
import { SetAside } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import { Verdict } from '@straylight/schemas/verdict'
import type { z } from 'zod'

type Columns = Record<string, unknown>

/** How a topic's records become rows of its table: the columns beside the record, from a message that is in order. */
interface Copy<Message> {
  readonly table: string
  /** The record is a compact JWS and the message its payload. */
  readonly signed?: boolean
  readonly message: z.ZodType<Message>
  /** Where the table is keyed by what the message says: the column that takes the place's name when it says nothing. */
  readonly named?: 'id' | 'session' | 'alert_id'
  columns(message: Message): Columns
}

const copyOf = <Message>(copy: Copy<Message>): Copy<Message> => copy

const findings = copyOf({
  table: 'findings',
  named: 'id',
  message: Finding,
  columns: ({ tenant, agent, id, event_id, session, time, cause, severity, score, risk, held_out, source }) => ({
    ...{ tenant, agent, id, event_id, session, time, cause, severity, score, risk, held_out: held_out ? 1 : 0 },
    ...{ source_partition: source.partition, source_offset: source.offset, source_index: source.index },
  }),
})

const alerts = copyOf({
  table: 'alerts',
  named: 'id',
  message: Alert,
  columns: ({ tenant, agent, id, revision, last_seen, state, severity, cause, target, response, command_state }) => ({
    ...{ tenant, agent, id, revision, time: last_seen, state, severity, cause, target, response, command_state },
  }),
})

const assignees = copyOf({
  table: 'assignees',
  named: 'alert_id',
  message: AlertAssignee,
  columns: ({ assignee, ...said }) => ({ ...said, assignee: assignee ?? '' }),
})

const revocations = copyOf({
  table: 'revocations',
  named: 'id',
  signed: true,
  message: RevocationCommand,
  columns: ({ id, type, mode, subject, evidence }) => ({
    ...{ tenant: subject.tenant_id, agent: subject.agent_id, id, type, mode, alert_id: evidence.alert_id },
  }),
})

const verdicts = copyOf({
  table: 'verdicts',
  signed: true,
  message: Verdict,
  columns: ({ tenant, id, alert_id, answer, issuer }) => ({ tenant, id, alert_id, answer, issuer }),
})

const results = copyOf({
  table: 'results',
  message: RevocationResult,
  columns: ({ metadata, command_uid, status, status_code }) => ({
    ...{ tenant: metadata.tenant_uid, command_id: command_uid, status, status_code },
  }),
})

const sessions = copyOf({
  table: 'sessions',
  named: 'session',
  message: Session,
  columns: ({ usual: _usual, model: _model, ...session }) => session,
})

const rejections = copyOf({
  table: 'rejections',
  message: Rejection,
  columns: ({ tenant, agent, code, reason, position, sha256 }) => ({
    ...{ tenant: tenant ?? '', agent: agent ?? '', code, reason, sha256 },
    ...{ source_partition: position.partition, source_offset: position.offset, source_index: position.index },
  }),
})

const setAsides = copyOf({ table: setAsideTable, message: SetAside, columns: setAsideRow })

/** The topics that baseline copies into the store, each with its table. */
const copies: ReadonlyMap<string, Copy<never>> = new Map<string, Copy<never>>([
  [topics.findings.name, findings as unknown as Copy<never>],
  [topics.alerts.name, alerts as unknown as Copy<never>],
  [topics.assignees.name, assignees as unknown as Copy<never>],
  [topics.revocations.name, revocations as unknown as Copy<never>],
  [topics.verdicts.name, verdicts as unknown as Copy<never>],
  [topics.results.name, results as unknown as Copy<never>],
  [topics.sessions.name, sessions as unknown as Copy<never>],
  [topics.rejected.name, rejections as unknown as Copy<never>],
  [topics.setAside.name, setAsides as unknown as Copy<never>],
])

export const copiedTopics: readonly string[] = [...copies.keys()]

/**
 * A record and the row that it becomes. A message that can't be read keeps its place and its text, and a name made of its
 * place, so that no two of them become one row.
 */
export interface CopiedRecord {
  readonly table: string
  readonly row: Columns
  readonly message: unknown
  /** Why the message can't be read. */
  readonly unreadable?: string
}

export function copyRecord(record: LogRecord): CopiedRecord {
  const copy = copies.get(record.topic)
  if (copy === undefined) throw new RangeError(`${record.topic} is not a topic that is copied`)
  const text = record.value.toString()
  const json = copy.signed === true ? payloadOf(text) : text
  const parsed = copy.message.safeParse(parsedJson(json))
  const unreadable = parsed.success ? {} : { unreadable: faultOf(parsed.error) }
  const message = parsed.success ? parsed.data : undefined
  // Its rows are no copies: they say all that the message does.
  if (copy.table === setAsideTable) {
    const aside = parsed.success ? parsed.data : unreadableAside(record, faultOf(parsed.error))
    return { table: copy.table, row: copy.columns(aside as never), message, ...unreadable }
  }
  const unnamed = copy.named === undefined ? {} : { [copy.named]: `unreadable-${record.partition}-${record.offset}` }
  const columns = parsed.success ? copy.columns(parsed.data) : unnamed
  const place = { log_partition: record.partition, log_offset: record.offset, log_time: record.timestamp }
  const row = { ...columns, ...place, record: json, ...(copy.signed === true ? { signed: text } : {}) }
  return { table: copy.table, row, message, ...unreadable }
}

function faultOf({ issues: [issue] }: z.ZodError): string {
  return `is not what the topic holds: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
}

function unreadableAside(record: LogRecord, reason: string): SetAside {
  const made = setAsideRecord('baseline', record, { code: 'unreadable', reason })
  return SetAside.parse(JSON.parse(made.value.toString()))
}

/** What a compact JWS says, unverified: a copy proves nothing and is not asked to. */
function payloadOf(jws: string): string {
  return Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()
}
