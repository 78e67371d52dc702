import { TimeMs } from '@straylight/schemas/agent-event'
import type { Formats } from '../formats/create-formats.ts'
import type { Headers } from '../formats/format.ts'
import type { AgentRegistry } from '../record/agent-registry.ts'
import { readRecord } from '../record/read-record.ts'
import { tenantOf } from '../record/tenant-of.ts'
import { timeOf } from '../record/time-of.ts'

/** What must be known of a record before it is read: whose it is, for its place, and when, for its turn. */
export interface Peeked {
  /** The registry's name of the agent, else the name given, else empty. */
  readonly agent: string
  readonly time_ms: number | null
}

/**
 * Looks for agent and time. A native line that names each once is searched as bytes, some ten times faster than
 * parsing it; anything else is read as ingest will read it. It decides only order and partition, never content.
 */
export function peekRecord(
  value: Buffer,
  headers: Headers,
  context: { registry: AgentRegistry; tenant: string | undefined; formats?: Formats | undefined },
): Peeked {
  const time = onlyText(value, '"time":')
  const agent = onlyText(value, '"agent":')
  if (time !== null && agent !== null) {
    const tenant = tenantOf({ token: null, record: onlyText(value, '"tenant":') ?? undefined }, context)
    return { agent: context.registry.resolve(tenant, agent)?.agent ?? agent, time_ms: possibleTime(time) }
  }
  const [first] = readRecord(value, headers, { ...context, time_max: null }).events
  return { agent: first?.event.agent ?? '', time_ms: first?.event.time ?? null }
}

/** A time that no event may have (before 2000, after 2100) must not move its record to an end of the log. */
function possibleTime(text: string): number | null {
  const time = timeOf(text)
  return time === null || !TimeMs.safeParse(time).success ? null : time
}

/** The string behind a name that occurs once; `null` where it occurs never or again, or needs unescaping. */
function onlyText(value: Buffer, name: string): string | null {
  const found = value.indexOf(name)
  if (found < 0 || value.indexOf(name, found + name.length) >= 0) return null
  let start = found + name.length
  while (value[start] === 0x20) start++
  if (value[start] !== 0x22) return null
  const end = value.indexOf(0x22, start + 1)
  const text = end < 0 ? null : value.toString('utf8', start + 1, end)
  return text === null || text.includes('\\') ? null : text
}
