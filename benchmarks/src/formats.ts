import { openRecord } from '@straylight/ingest/framing/open-record'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import { formatSamples } from '@straylight/ingest/test-support/format-samples'
import type { Benchmark, Figure } from './benchmark.ts'
import { interleaved } from './interleaved.ts'

const context = { registry: createAgentRegistry({ version: 1, agents: [] }), tenant: 'default', time_max: null }
/** Records read in one turn: some milliseconds each. */
const recordsOfTurn = 3_000

/**
 * A record of each format as a line of its own, without wrappings: JSON.parse is measured on the very same bytes. Formats whose
 * records are no JSON as they come are left out.
 */
function linesOf(): Map<string, Buffer[]> {
  const lines = new Map<string, Buffer[]>()
  for (const { bytes, headers } of formatSamples()) {
    if (headers !== null) continue
    const found = openRecord(bytes, {})
    if ('fault' in found) continue
    for (const one of found) {
      if (one.kind !== 'value') continue
      const line = Buffer.from(JSON.stringify(one.value))
      if (readRecord(line, {}, context).events.length !== 1) continue
      lines.set(one.format.name, [...(lines.get(one.format.name) ?? []), line])
    }
  }
  return lines
}

export const formats: Benchmark = {
  name: 'formats',
  about:
    'Reading a record of each format into an event: bytes, doubled names, detection, fields, agent and content hash; as a share of the speed of bare JSON.parse of the very same lines, in turns. Records are the samples of the format, so they are as long as these.',
  async run() {
    const figures: Figure[] = []
    for (const [format, lines] of linesOf()) {
      const texts = lines.map((line) => line.toString())
      const turns = Math.ceil(recordsOfTurn / lines.length)
      const taken = await interleaved(
        {
          parse: () => {
            for (let turn = 0; turn < turns; turn++) for (const text of texts) JSON.parse(text)
          },
          read: () => {
            for (let turn = 0; turn < turns; turn++) for (const line of lines) readRecord(line, {}, context)
          },
        },
        7,
      )
      const value = Math.round((taken.parse / taken.read) * 1000) / 1000
      figures.push({
        name: `${format.replaceAll('-', '_')}_share_of_bare_parse`,
        value,
        unit: '×',
        better: 'higher',
        target: 0.25,
      })
    }
    return figures
  },
}
