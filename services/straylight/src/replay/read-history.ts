import { DatedApartWatch, observedBy } from '@straylight/ingest/files/dated-apart'
import { inTimeOrder } from '@straylight/ingest/files/in-time-order'
import { readFiles } from '@straylight/ingest/files/read-files'
import type { Formats } from '@straylight/ingest/formats/create-formats'
import type { AgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import { latestTime } from '@straylight/ingest/record/sender'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { standardInput } from '../standard-input.ts'

/** A record of history that could not be read. */
export interface HistoryRejection {
  readonly file: string
  readonly line: number
  readonly reason: string
}

/** `--strict`: the first record that can't be read stops the reading. */
export class StrictRejection extends StraylightError {
  override readonly name = 'StrictRejection'
  override readonly code = 'strict_rejection'
}

/**
 * Reads files of any format as events in order of event time. Their position is their place among all records read:
 * history never stood in a topic.
 */
export async function* readHistory(
  paths: readonly string[],
  options: {
    registry: AgentRegistry
    tenant: string | undefined
    format?: string | undefined
    formats?: Formats | undefined
    strict?: boolean
    onRejected: (rejection: HistoryRejection) => void
    /** Observes each record, so that lines dated far before the others can be named. */
    datedApart?: DatedApartWatch
  },
): AsyncGenerator<AgentEvent> {
  const { registry, tenant, format, formats, strict = false, datedApart = new DatedApartWatch() } = options
  const read = readFiles(paths, { registry, tenant, format, formats, stdin: standardInput })
  let offset = 0
  for await (const record of observedBy(datedApart, inTimeOrder(read))) {
    const { events, rejections } = readRecord(record.value, record.headers, {
      registry,
      tenant,
      time_max: latestTime(Date.now),
      formats,
    })
    for (const { reason } of rejections) {
      const reported = { file: record.file, line: record.line, reason }
      if (strict) throw new StrictRejection(`${reported.file}, line ${reported.line}: ${reported.reason}`)
      options.onRejected(reported)
    }
    for (const { index, event } of events) {
      const position = { topic: 'history', partition: 0, offset, index }
      yield { ...event, id: event.id ?? `history/${record.file}/${record.line}/${index}`, position } as AgentEvent
    }
    offset++
  }
}
