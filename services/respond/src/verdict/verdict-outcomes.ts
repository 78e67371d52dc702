import type { LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { topics } from '@straylight/schemas/topics'
import { VerdictOutcome } from '@straylight/schemas/verdict-outcome'
import type { SeenVerdicts } from './seen-verdicts.ts'

/** An outcome as a record of `agent.verdicts.results.v1`. */
export function outcomeRecord(outcome: VerdictOutcome): NewRecord {
  return {
    topic: topics.verdictResults.name,
    key: outcome.alert_id ?? 'unverified',
    value: JSON.stringify(outcome),
    headers: { 'content-type': 'application/json' },
  }
}

/** Remembers what was answered before this process. What can't be read was written by another program and answers nothing. */
export async function foldOutcomes(records: AsyncIterable<LogRecord>, seen: SeenVerdicts): Promise<void> {
  for await (const { value } of records) {
    const outcome = VerdictOutcome.safeParse(parsedJson(value.toString()))
    if (!outcome.success) continue
    const { verdict_id, verdict_offset, time, issuer = '' } = outcome.data
    seen.answeredBelow = Math.max(seen.answeredBelow, verdict_offset + 1)
    if (verdict_id !== undefined) seen.record(verdict_id, { offset: verdict_offset, at: time, issuer })
  }
}
