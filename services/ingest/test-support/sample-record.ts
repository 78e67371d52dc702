import { basename } from 'node:path'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { openRecord } from '../src/framing/open-record.ts'
import { readRecord } from '../src/record/read-record.ts'
import { context } from './audit-record.ts'
import { type FormatSample, formatSamples } from './format-samples.ts'

/** A record of a sample as a line of its own, and the first event that it becomes. */
export interface SampleRecord {
  readonly line: string
  readonly event: Partial<Omit<AgentEvent, 'id'>>
}

/**
 * Of the records of a format's samples that are read whole the shortest of those with fewest events; `name`: of one sample file. Throws
 * where there is none.
 */
export function sampleRecord(format: string, name?: string): SampleRecord {
  const records = formatSamples()
    .filter((sample) => sample.format === format && (name === undefined || basename(sample.path) === name))
    .flatMap(linesOf)
    .flatMap((line) => {
      const { events, rejections } = readRecord(Buffer.from(line), {}, context)
      const event = events[0]?.event
      const isWhole = rejections.length === 0 && events.every((one) => one.event.format === format)
      return event !== undefined && isWhole ? [{ line, event, events: events.length }] : []
    })
    .sort((a, b) => a.events - b.events || a.line.length - b.line.length)
  if (records[0] === undefined) throw new Error(`no sample of ${format} holds a record that is read whole`)
  return records[0]
}

/** Lines as they stand; documents as one line, and their records. */
function linesOf({ file, bytes, headers }: FormatSample): string[] {
  if (headers !== null) return []
  const text = bytes.toString('utf8')
  if (file.endsWith('.ndjson')) return text.trim().split('\n')
  const found = file.endsWith('.json') ? openRecord(bytes, {}) : { fault: null }
  if ('fault' in found) return []
  const records = found.flatMap((one) =>
    one.kind === 'value' && one.format.leavesOutContents !== true ? [JSON.stringify(one.value)] : [],
  )
  const json: unknown = parsedJson(text)
  return json === undefined ? records : [...records, JSON.stringify(json)]
}
