import { counted } from '@straylight/schemas/counted'
import { dayMs } from '@straylight/schemas/duration'
import type { InputRecord } from './input-record.ts'

/** An agent's next line must be so much later for those before it to stand apart, milliseconds. */
const gapMs = 7 * dayMs
/** Lines that stand apart are fewer than this share of their agent's. */
const shareMax = 0.01
/** Agents watched; of further ones nothing is said. */
const agentsMax = 100_000

/** The first lines of an agent that are dated far before all its others. */
export interface DatedApart {
  readonly file: string
  /** Line of the first of them, from 1. */
  readonly line: number
  /** What the first of them claims, milliseconds since 1970 UTC. */
  readonly time_ms: number
  /** How many lines stand apart. */
  readonly lines: number
  /** Days between the last of them and the agent's next line. */
  readonly days: number
}

interface Watched {
  readonly first: Pick<DatedApart, 'file' | 'line' | 'time_ms'>
  last_ms: number
  lines: number
  /** Lines before the agent's first gap, and its length. */
  gap?: { readonly lines: number; readonly ms: number }
}

/**
 * Which agents begin with a few lines dated far before all their others. History is read in the order of its times: such a line is
 * learnt as the agent's first, and makes what it names known. One with a wrong clock does it by mistake, one who wants to be taken
 * for ordinary on purpose, so whoever reads files should know. `observe` takes records in order of their times.
 */
export class DatedApartWatch {
  private readonly agents = new Map<string, Watched>()

  observe({ key, file, line, time_ms }: InputRecord): void {
    if (time_ms === null) return
    const known = this.agents.get(key)
    if (known === undefined) {
      if (this.agents.size < agentsMax)
        this.agents.set(key, { first: { file, line, time_ms }, last_ms: time_ms, lines: 1 })
      return
    }
    const ms = time_ms - known.last_ms
    if (known.gap === undefined && ms >= gapMs) known.gap = { lines: known.lines, ms }
    known.last_ms = time_ms
    known.lines++
  }

  /** Those found, the widest gap first. */
  found(): DatedApart[] {
    const apart: DatedApart[] = []
    for (const { first, gap, lines } of this.agents.values())
      if (gap !== undefined && gap.lines < shareMax * lines)
        apart.push({ ...first, lines: gap.lines, days: Math.floor(gap.ms / dayMs) })
    return apart.sort((one, other) => other.days - one.days)
  }
}

/** The records as they are, each observed. */
export async function* observedBy(
  watch: DatedApartWatch,
  records: AsyncIterable<InputRecord>,
): AsyncIterable<InputRecord> {
  for await (const record of records) {
    watch.observe(record)
    yield record
  }
}

/** One sentence for whoever reads the files. */
export function datedApartSentence({ file, line, time_ms, lines, days }: DatedApart): string {
  const what = lines === 1 ? 'is 1 line' : `are ${lines} lines`
  return `${file}, line ${line}: here ${what} dated ${new Date(time_ms).toISOString().slice(0, 10)}, ${counted(days, 'day')} before all others of this agent. What is dated first is learnt as ordinary: look whether it is true.`
}
