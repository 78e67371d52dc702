import { createHash } from 'node:crypto'
import type { LogRecord } from '@straylight/runtime/log/log'
import { Finding, openFromHeader } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { RevocationResult } from '@straylight/schemas/revocation-result'
import { topics } from '@straylight/schemas/topics'
import type { z } from 'zod'
import { applyChange } from './alert/apply-change.ts'
import { applyFinding, type FindingOutcome, mayRevoke } from './decide/apply-finding.ts'
import { applyResult } from './decide/apply-result.ts'
import { applyVerdictRecord } from './decide/apply-verdict-record.ts'
import { surroundingsOf, type Taking } from './decide/taking.ts'
import { afterProcessing, isProcessed } from './journal/processed-positions.ts'
import type { ObservedFinding } from './respond-options.ts'

/** Takes one record of any input into memory and the turn. A record that can't be read, or was taken before, changes nothing. */
export async function applyRecord(taking: Taking, record: LogRecord): Promise<void> {
  if (record.topic === topics.findings.name) await applyFindingRecord(taking, record)
  else if (record.topic === topics.verdicts.name) await applyVerdictRecord(taking, record)
  else if (record.topic === topics.results.name) applyResultRecord(taking, record)
}

async function applyFindingRecord(taking: Taking, record: LogRecord): Promise<void> {
  const { context, counts, population } = taking
  const { memory } = context
  const finding = readRecord(taking, record, Finding)
  if (finding === null) return
  const open = Number(record.headers[openFromHeader])
  const found = { log: finding.log, open_from: Number.isSafeInteger(open) ? open : undefined }
  if (isProcessed(memory.processed, found)) {
    counts.add('findings_repeated')
    return
  }
  memory.processed = afterProcessing(memory.processed, found)
  const digest = `sha256:${createHash('sha256').update(record.value).digest('hex')}`
  const { tenant, evidence } = finding
  const agents = mayRevoke(finding, context.policy) ? await population.of(tenant, evidence.knowledge_version) : 0
  const taken = applyFinding(surroundingsOf(taking), { finding, digest, agents })
  taking.options.observe?.(observationOf(taken, finding))
  if (!('change' in taken)) {
    context.turn.journal.took(found)
    counts.add(`findings_${taken.outcome}`)
    if (taken.outcome === 'suppressed') taking.options.metrics?.findingsSuppressed.inc()
    return
  }
  counts.add(taken.outcome === 'withdrawn' ? 'alerts_closed' : `alerts_${taken.outcome}`)
  if (taken.change.send !== undefined) counts.add('commands_sent')
  applyChange(context, taken.change, found)
}

function observationOf(taken: FindingOutcome, finding: Finding): ObservedFinding {
  const alertId = 'change' in taken ? taken.change.alert.id : null
  return { finding_id: finding.id, event_id: finding.event_id, outcome: taken.outcome, alert_id: alertId }
}

function applyResultRecord(taking: Taking, record: LogRecord): void {
  const { context, counts } = taking
  const { memory } = context
  if (record.offset <= memory.processed.results) return
  memory.processed = { ...memory.processed, results: record.offset }
  const result = readRecord(taking, record, RevocationResult)
  if (result === null) return
  const answered = memory.sent.get(result.command_uid)?.command
  const alert = answered === undefined ? undefined : memory.alertIndex.get(answered.evidence.alert_id)
  // An answer that speaks for another tenant than the command's is none.
  if (alert === undefined || result.metadata.tenant_uid !== alert.tenant) {
    counts.add('results_unmatched')
    return
  }
  counts.add('results_taken')
  const change = applyResult(alert, result, record.timestamp)
  if (change !== null) applyChange(context, change)
}

function readRecord<Value>(taking: Taking, record: LogRecord, schema: z.ZodType<Value>): Value | null {
  const read = schema.safeParse(parsedJson(record.value.toString()))
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
