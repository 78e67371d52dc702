import type { LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { topics } from '@straylight/schemas/topics'
import { VerdictOutcome } from '@straylight/schemas/verdict-outcome'

/** An outcome as a record of `agent.verdicts.results.v1`. */
export function outcomeRecord(outcome: VerdictOutcome): NewRecord {
  return {
    topic: topics.verdictResults.name,
    key: outcome.alert_id ?? 'unverified',
    value: JSON.stringify(outcome),
    headers: { 'content-type': 'application/json' },
  }
}

/**
 * Below this offset every verdict was answered before this process: so far as the outcomes say it of verdicts that there are. What can't
 * be read, and what speaks of verdicts from `end` on, answers nothing.
 */
export async function answeredBelow(records: AsyncIterable<LogRecord>, end: number): Promise<number> {
  let below = 0
  for await (const { value } of records) {
    const outcome = VerdictOutcome.safeParse(parsedJson(value.toString())).data
    if (outcome !== undefined && outcome.verdict_offset < end) below = Math.max(below, outcome.verdict_offset + 1)
  }
  return below
}
