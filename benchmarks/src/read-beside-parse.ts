import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import type { Figure } from './benchmark.ts'
import { interleaved } from './interleaved.ts'

const context = { registry: createAgentRegistry({ version: 1, agents: [] }), tenant: 'default', time_max: null }

/** How many events a line gives, read as ingest reads it. */
export const eventsIn = (line: Buffer): number => readRecord(line, {}, context).events.length

/** Milliseconds, medians of seven turns, that bare JSON.parse and ingest's reader take for the very same lines, so many times over. */
export function readBesideParse(lines: readonly Buffer[], times = 1): Promise<{ parse: number; read: number }> {
  const texts = lines.map((line) => line.toString())
  return interleaved(
    {
      parse: () => {
        for (let turn = 0; turn < times; turn++) for (const text of texts) JSON.parse(text)
      },
      read: () => {
        for (let turn = 0; turn < times; turn++) for (const line of lines) readRecord(line, {}, context)
      },
    },
    7,
  )
}

/** The speed of reading as a share of that of bare JSON.parse. */
export const shareOfBareParse = (name: string, { parse, read }: { parse: number; read: number }): Figure => ({
  name: `${name}_share_of_bare_parse`,
  value: Math.round((parse / read) * 1000) / 1000,
  unit: '×',
  better: 'higher',
  target: 0.25,
})
