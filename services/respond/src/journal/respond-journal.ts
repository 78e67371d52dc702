import type { LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { Alert } from '@straylight/schemas/alert'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { furthestOf, noPositions, ProcessedPositions } from './processed-positions.ts'

/** What a journal record says of respond as a whole, in its headers. Cumulative: compaction keeps the last record. */
export interface JournalState {
  readonly processed: ProcessedPositions
}

/** One revision of an alert as a record of `agent.alerts.v1`. */
export function journalRecord(alert: Alert, state: JournalState): NewRecord {
  return {
    topic: topics.alerts.name,
    key: alert.id,
    value: JSON.stringify(alert),
    headers: {
      'content-type': 'application/json',
      processed: JSON.stringify(state.processed),
    },
  }
}

/** Reads one record of the journal back. Throws when it is none: respond can't act on a state it can't read. */
export function readJournalRecord(record: LogRecord): { alert: Alert; state: JournalState } {
  const where = `${record.topic} partition ${record.partition} offset ${record.offset}`
  try {
    return {
      alert: Alert.parse(JSON.parse(record.value.toString())),
      state: {
        processed: ProcessedPositions.parse(JSON.parse(record.headers.processed ?? '{}')),
      },
    }
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw new Error(
      `Cannot read the journal of alerts at ${where}: ${detail}. It was written by another program or a newer version; respond does not start, since it could send a command twice.`,
      { cause: error },
    )
  }
}

/** Folds the journal: `keep` gets each revision that is newer than the last one of its alert, in log order. */
export async function foldJournal(
  records: AsyncIterable<LogRecord>,
  keep: (alert: Alert) => void,
): Promise<JournalState> {
  let processed = noPositions()
  for await (const record of records) {
    const { alert, state } = readJournalRecord(record)
    processed = furthestOf(processed, state.processed)
    keep(alert)
  }
  return { processed }
}
