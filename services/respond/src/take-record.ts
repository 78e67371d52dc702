import { createHash } from 'node:crypto'
import type { LogRecord } from '@straylight/runtime/log'
import type { SetAsides } from '@straylight/runtime/set-asides'
import { Finding, openFromHeader } from '@straylight/schemas/finding'
import { RevocationResult } from '@straylight/schemas/revocation-result'
import { topics } from '@straylight/schemas/topics'
import type { Verdict } from '@straylight/schemas/verdict'
import type { z } from 'zod'
import type { AgentPopulation } from './agent-population.ts'
import { applyChange, type TurnContext } from './apply-change.ts'
import { isTaken, whenTaken } from './processed-positions.ts'
import type { RespondCounts } from './respond-counts.ts'
import type { Observation, RespondOptions } from './respond-options.ts'
import { type FindingOutcome, mayRevoke, type Surroundings, takeFinding } from './take-finding.ts'
import { takeResult } from './take-result.ts'
import { takeVerdict, type VerdictOutcome } from './take-verdict.ts'
import { verifyVerdict } from './verdict-token.ts'

export interface Taking {
  readonly options: RespondOptions
  readonly context: TurnContext
  readonly counts: RespondCounts
  readonly population: AgentPopulation
  readonly asides: SetAsides
}

/** Takes one record of any input into memory and the turn. A record that can't be read, or was taken before, changes nothing. */
export async function takeRecord(taking: Taking, record: LogRecord): Promise<void> {
  if (record.topic === topics.findings.name) await takeFindingRecord(taking, record)
  else if (record.topic === topics.verdicts.name) await takeVerdictRecord(taking, record)
  else if (record.topic === topics.results.name) takeResultRecord(taking, record)
}

async function takeFindingRecord(taking: Taking, record: LogRecord): Promise<void> {
  const { context, counts, population } = taking
  const { memory } = context
  const finding = readRecord(taking, record, Finding)
  if (finding === null) return
  const open = Number(record.headers[openFromHeader])
  const found = { log: finding.log, open_from: Number.isSafeInteger(open) ? open : undefined }
  if (isTaken(memory.processed, found)) {
    counts.add('findings_repeated')
    return
  }
  memory.processed = whenTaken(memory.processed, found)
  const digest = `sha256:${createHash('sha256').update(record.value).digest('hex')}`
  const { tenant, evidence } = finding
  const agents = mayRevoke(finding, context.policy) ? await population.of(tenant, evidence.knowledge_version) : 0
  const taken = takeFinding(surroundingsOf(taking), { finding, digest, agents })
  taking.options.observe?.(observationOf(taken, finding))
  if (!('change' in taken)) {
    counts.add(`findings_${taken.outcome}`)
    if (taken.outcome === 'suppressed') taking.options.metrics?.findingsSuppressed.inc()
    return
  }
  counts.add(`alerts_${taken.outcome}`)
  if (taken.change.send !== undefined) counts.add('commands_sent')
  applyChange(context, taken.change)
}

function observationOf(taken: FindingOutcome, finding: Finding): Observation {
  const alertId = 'change' in taken ? taken.change.alert.id : null
  return { finding_id: finding.id, event_id: finding.event_id, outcome: taken.outcome, alert_id: alertId }
}

async function takeVerdictRecord(taking: Taking, record: LogRecord): Promise<void> {
  const { context, counts, options } = taking
  const { memory } = context
  if (record.offset <= memory.processed.verdicts) return
  memory.processed = { ...memory.processed, verdicts: record.offset }
  const checked = await verifyVerdict(record.value.toString(), options.policy.issuers)
  const taken = 'verdict' in checked ? await takeVerified(taking, checked.verdict, record.timestamp) : checked
  if ('refused' in taken) {
    counts.add('verdicts_refused')
    const detail = 'detail' in taken ? taken.detail : undefined
    // What is a verdict and counts nothing is answered; what is none was never one.
    if (taken.refused === 'malformed') taking.asides.unreadable(record, `is no verdict: ${detail ?? ''}`)
    const place = { topic: record.topic, offset: record.offset }
    options.logger?.warn({ ...place, reason: taken.refused, detail }, 'a verdict was refused and changed nothing')
    return
  }
  counts.add('verdicts_taken')
  if (taken.change.alert.state === 'closed') counts.add('alerts_closed')
  if (taken.change.send !== undefined) counts.add('commands_sent')
  applyChange(context, taken.change)
}

async function takeVerified(taking: Taking, verdict: Verdict, at: number): Promise<VerdictOutcome> {
  const held = taking.context.memory.book.get(verdict.alert_id)?.command
  const releases = verdict.answer === 'approve' && held !== undefined
  const version = held?.evidence.knowledge_version ?? 0
  const agents = releases ? await taking.population.of(verdict.tenant, version) : 0
  return takeVerdict(surroundingsOf(taking), verdict, { at, agents })
}

function takeResultRecord(taking: Taking, record: LogRecord): void {
  const { context, counts } = taking
  const { memory } = context
  if (record.offset <= memory.processed.results) return
  memory.processed = { ...memory.processed, results: record.offset }
  const result = readRecord(taking, record, RevocationResult)
  if (result === null) return
  const answered = memory.sent.get(result.command_uid)?.command
  const alert = answered === undefined ? undefined : memory.book.get(answered.evidence.alert_id)
  // An answer that speaks for another tenant than the command's is none.
  if (alert === undefined || result.metadata.tenant_uid !== alert.tenant) {
    counts.add('results_unmatched')
    return
  }
  counts.add('results_taken')
  const change = takeResult(alert, result, record.timestamp)
  if (change !== null) applyChange(context, change)
}

function readRecord<Value>(taking: Taking, record: LogRecord, schema: z.ZodType<Value>): Value | null {
  const read = schema.safeParse(jsonOf(record.value))
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

function jsonOf(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString())
  } catch {
    // The schema then refuses it, and the log says where it stands.
    return undefined
  }
}

function surroundingsOf({ options, context }: Taking): Surroundings {
  const { policy, issuer, health: unwell, now } = options
  const { book, breakers, sent } = context.memory
  return { book, policy, issuer, breakers, unwell, now, alreadySent: (id) => sent.get(id)?.command }
}
