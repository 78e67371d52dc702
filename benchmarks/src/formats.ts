import { openRecord } from '@straylight/ingest/framing/open-record'
import { formatSamples } from '@straylight/ingest/test-support/format-samples'
import type { Benchmark, Figure } from './benchmark.ts'
import { eventsIn, readBesideParse, shareOfBareParse } from './read-beside-parse.ts'

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
      if (eventsIn(line) !== 1) continue
      lines.set(one.format.name, [...(lines.get(one.format.name) ?? []), line])
    }
  }
  return lines
}

export const formats: Benchmark = {
  name: 'formats',
  about:
    'Reading a record of each format into an event: bytes, doubled names, detection, fields, agent and content hash; as a share of the speed of bare JSON.parse of the very same lines, in short turns, once the engine has compiled what it reads. Records are the samples of the format, so they are as long as these.',
  async run() {
    const figures: Figure[] = []
    for (const [format, lines] of linesOf()) {
      const taken = await readBesideParse(lines)
      figures.push(shareOfBareParse(format.replaceAll('-', '_'), taken))
    }
    return figures
  },
}
