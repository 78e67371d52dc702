import { setFlagsFromString } from 'node:v8'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import type { Figure } from './benchmark.ts'
import { interleaved } from './interleaved.ts'

// A busy machine leaves the engine's own compiling thread without a turn for minutes: what is read often is compiled at once instead.
setFlagsFromString('--no-concurrent-recompilation')

const context = { registry: createAgentRegistry({ version: 1, agents: [] }), tenant: 'default', time_max: null }

/** How many events a line gives, read as ingest reads it. */
export const eventsIn = (line: Buffer): number => readRecord(line, {}, context).events.length

/** Records of a turn: under a millisecond, so that what else the machine does cuts into few turns, and into as few of the longer kind. */
const recordsOfTurn = 50
const turns = 400
/** Read before it counts, for the engine to compile what is read often. */
const recordsBefore = 10_000

/**
 * Milliseconds that bare JSON.parse and ingest's reader take for so many records, one line after the other and from the start again: medians
 * of many short turns.
 */
export async function readBesideParse(lines: readonly Buffer[], records = lines.length) {
  const texts = lines.map((line) => line.toString())
  const places = { parse: 0, read: 0 }
  const parse = (count: number) => {
    for (let n = 0; n < count; n++) JSON.parse(texts[places.parse++ % texts.length] as string)
  }
  const read = (count: number) => {
    for (let n = 0; n < count; n++) readRecord(lines[places.read++ % lines.length] as Buffer, {}, context)
  }
  for (const work of [parse, read]) work(recordsBefore)
  const taken = await interleaved({ parse: () => parse(recordsOfTurn), read: () => read(recordsOfTurn) }, turns)
  const share = records / recordsOfTurn
  return { parse: taken.parse * share, read: taken.read * share }
}

/** The speed of reading as a share of that of bare JSON.parse. */
export const shareOfBareParse = (name: string, { parse, read }: { parse: number; read: number }): Figure => ({
  name: `${name}_share_of_bare_parse`,
  value: Math.round((parse / read) * 1000) / 1000,
  unit: '×',
  better: 'higher',
  target: 0.25,
})
