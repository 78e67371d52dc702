import { createHash } from 'node:crypto'
import type { LogRecord } from '@straylight/runtime/log/log'
import type { Alert } from '@straylight/schemas/alert'
import { Finding, openFromHeader } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { RevocationResult } from '@straylight/schemas/revocation-result'
import { topics } from '@straylight/schemas/topics'
import type { z } from 'zod'
import { applyChange } from './alert/apply-change.ts'
import { applyFinding, type FindingOutcome, mayAlert, mayRevoke } from './decide/apply-finding.ts'
import { applyResult } from './decide/apply-result.ts'
import { applyVerdictRecord } from './decide/apply-verdict-record.ts'
import { restoredElsewhere } from './decide/restored-elsewhere.ts'
import { surroundingsOf, type Taking } from './decide/taking.ts'
import { afterProcessing, type FoundAt, isProcessed } from './journal/processed-positions.ts'
import type { ObservedFinding } from './respond-options.ts'

/** Takes one record of any input into memory and the turn. A record that can't be read, or was taken before, changes nothing. */
export async function applyRecord(taking: Taking, record: LogRecord): Promise<void> {
  if (record.topic === topics.findings.name) await applyFindingRecord(taking, record)
  else if (record.topic === topics.verdicts.name) await applyVerdictRecord(taking, record)
  else if (record.topic === topics.results.name) applyResultRecord(taking, record)
}

/** What decides that a finding is only noted: nearly all are, and are not looked at further. */
const Noted = Finding.pick({ id: true, event_id: true, log: true, p_value: true })
type Noted = z.infer<typeof Noted>

async function applyFindingRecord(taking: Taking, record: LogRecord): Promise<void> {
  const message = parsedJson(record.value.toString())
  const noted = Noted.safeParse(message).data
  if (noted !== undefined && !mayAlert(noted, taking.context.policy)) {
    const found = newFinding(taking, record, noted)
    if (found !== null) noteFinding(taking, found, { finding: noted, outcome: 'observed' })
    return
  }
  const finding = readMessage(taking, record, { message, schema: Finding })
  const found = finding === null ? null : newFinding(taking, record, finding)
  if (finding === null || found === null) return
  const { context, counts, population } = taking
  const digest = `sha256:${createHash('sha256').update(record.value).digest('hex')}`
  const { tenant, evidence } = finding
  const agents = mayRevoke(finding, context.policy) ? await population.of(tenant, evidence.knowledge_version) : 0
  const taken = applyFinding(surroundingsOf(taking), { finding, digest, agents })
  if (!('change' in taken)) {
    noteFinding(taking, found, { finding, outcome: taken.outcome })
    if (taken.outcome === 'suppressed') taking.options.metrics?.findingsSuppressed.inc()
    return
  }
  taking.options.observe?.(observationOf(taken, finding))
  counts.add(taken.outcome === 'withdrawn' ? 'alerts_closed' : `alerts_${taken.outcome}`)
  if (taken.change.send !== undefined) counts.add('commands_sent')
  if ('before' in taken && taken.before !== undefined) {
    counts.add('alerts_closed')
    applyChange(context, taken.before)
  }
  applyChange(context, taken.change, found)
}

/** Its place, noted as processed; null where it was processed before. */
function newFinding(taking: Taking, record: LogRecord, { log }: Noted): FoundAt | null {
  const { memory } = taking.context
  const open = Number(record.headers[openFromHeader])
  const found = { log, open_from: Number.isSafeInteger(open) ? open : undefined }
  if (isProcessed(memory.processed, found)) {
    taking.counts.add('findings_repeated')
    return null
  }
  memory.processed = afterProcessing(memory.processed, found)
  return found
}

/** A finding that changes no alert. */
function noteFinding(
  taking: Taking,
  found: FoundAt,
  { finding, outcome }: { finding: Noted; outcome: 'observed' | 'suppressed' },
): void {
  taking.options.observe?.({ finding_id: finding.id, event_id: finding.event_id, outcome, alert_id: null })
  taking.context.turn.journal.took(found)
  taking.counts.add(`findings_${outcome}`)
}

function observationOf(
  { outcome, change }: Extract<FindingOutcome, { change: unknown }>,
  finding: Noted,
): ObservedFinding {
  return { finding_id: finding.id, event_id: finding.event_id, outcome, alert_id: change.alert.id }
}

function applyResultRecord(taking: Taking, record: LogRecord): void {
  const { context, counts } = taking
  const { memory } = context
  if (record.offset <= memory.processed.results) return
  const message = parsedJson(record.value.toString())
  const result = readMessage(taking, record, { message, schema: RevocationResult })
  const own = result === null ? undefined : answeredAlert(taking, result)
  // First what the answer means to other alerts: a turn that is cut off between them reads it again.
  if (own !== undefined) for (const change of elsewhere(taking, own, record.timestamp)) applyChange(context, change)
  memory.processed = { ...memory.processed, results: record.offset }
  if (result === null) return
  if (own === undefined) {
    counts.add('results_unmatched')
    return
  }
  counts.add('results_taken')
  const change = applyResult(own.alert, result, record.timestamp)
  if (change !== null) applyChange(context, change)
}

interface AnsweredAlert {
  readonly alert: Alert
  readonly command: RevocationCommand
  readonly result: RevocationResult
}

/** The alert whose command the broker answers. An answer that speaks for another tenant than the command's is none. */
function answeredAlert({ context }: Taking, result: RevocationResult): AnsweredAlert | undefined {
  const { memory } = context
  const answered = memory.sent.get(result.command_uid)?.command
  const alert = answered === undefined ? undefined : memory.alertIndex.get(answered.evidence.alert_id)
  if (answered === undefined || alert === undefined || result.metadata.tenant_uid !== alert.tenant) return undefined
  return { alert, command: answered, result }
}

const elsewhere = ({ context }: Taking, { alert, command, result }: AnsweredAlert, at: number) =>
  restoredElsewhere(context.memory.alertIndex.values(), { restore: command, own: alert, result, at })

function readMessage<Value>(
  taking: Taking,
  record: LogRecord,
  { message, schema }: { message: unknown; schema: z.ZodType<Value> },
): Value | null {
  const read = schema.safeParse(message)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  taking.counts.add('records_unreadable')
  const { topic } = record
  taking.asides.unreadable(
    record,
    `is not what ${topic} holds: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  )
  taking.options.logger?.warn(
    { topic: record.topic, offset: record.offset, path: issue?.path.join('.'), expected: issue?.message },
    'a record that can not be read was left out',
  )
  return null
}
