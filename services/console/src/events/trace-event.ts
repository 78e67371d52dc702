import { AgentEvent } from '@straylight/schemas/agent-event'
import { Finding } from '@straylight/schemas/finding'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'
import type { ConsoleGround } from '../console-ground.ts'
import type { TraceEvent } from '../contract/trace-event.ts'
import { question } from '../questions/ask.ts'
import { valueFeeds } from './value-feeds.ts'

/** A row of `events` as it is read for people. */
export const StoredEvent = z.object({
  event: z.string(),
  log_partition: z.number(),
  log_time: z.number(),
  time: z.number(),
  /** Where it stands among others of its millisecond. */
  source: z.tuple([z.string(), z.number(), z.number(), z.number()]),
})
export type StoredEvent = z.infer<typeof StoredEvent>

/** What is selected of a row `e` of `events`. */
export const eventColumns = `e.event AS event, e.log_partition AS log_partition, toUnixTimestamp64Milli(e.log_time) AS log_time,
  toUnixTimestamp64Milli(e.time) AS time, tuple(e.source_topic, e.source_partition, e.source_offset, e.source_index) AS source`

const findingsOfEvents = question(
  'findings of events',
  `SELECT f.record AS record FROM findings AS f FINAL
WHERE f.tenant = {tenant:String} AND f.agent = {agent:String} AND f.event_id IN {ids:Array(String)} LIMIT 2000`,
  z.object({ record: z.string() }),
)

/** Events of one agent, each with its finding where there is one. */
export async function traceEvents(
  { ask, internal }: Pick<ConsoleGround, 'ask' | 'internal'>,
  of: { tenant: string; agent: string },
  rows: readonly StoredEvent[],
): Promise<TraceEvent[]> {
  const events = rows.map((row) => ({ row, event: AgentEvent.parse(JSON.parse(row.event)) }))
  const ids = [...new Set(events.map(({ event }) => event.id))]
  const records = ids.length === 0 ? [] : await ask(findingsOfEvents, { tenant: of.tenant, agent: of.agent, ids })
  const findings = new Map<string, Finding>()
  for (const { record } of records) {
    const finding = Finding.safeParse(parsedJson(record)).data
    if (finding === undefined) continue
    // Of an event that was judged twice over, for its credential too, the higher one.
    if (finding.score >= (findings.get(finding.event_id)?.score ?? Number.NEGATIVE_INFINITY))
      findings.set(finding.event_id, finding)
  }
  const feeds = valueFeeds(events.map(({ event }) => event))
  return events.map(({ row, event }) => {
    const finding = findings.get(event.id)
    const argumentOf = (from: string) =>
      feeds.find((feed) => feed.to === event.id && feed.from === from)?.argument ?? null
    const fed_by = (finding?.evidence.fed_by ?? []).map((from) => ({ event_id: from, argument: argumentOf(from) }))
    return { ...traceEvent(row, event, { finding, internal }), fed_by }
  })
}

function traceEvent(
  row: StoredEvent,
  event: AgentEvent,
  { finding, internal }: { finding: Finding | undefined; internal: ConsoleGround['internal'] },
): Omit<TraceEvent, 'fed_by'> {
  return {
    event_id: event.id,
    ...{ time: event.time, log_time: row.log_time, system: event.system, action: event.action },
    session: event.session ?? null,
    tool: event.tool ?? null,
    resource: event.resource ?? null,
    destinations: (event.destinations ?? []).map((name) => ({ name, internal: internal.among([name]) !== undefined })),
    privilege: event.privilege ?? null,
    credential_id: event.credential?.id ?? null,
    parent_agent: event.parent_agent ?? null,
    bytes_sent: event.bytes_sent ?? null,
    bytes_received: event.bytes_received ?? null,
    records: event.records ?? null,
    outcome: event.outcome ?? null,
    argument_names: event.argument_names ?? [],
    history: row.log_partition < 0,
    finding: finding === undefined ? null : shortFinding(finding),
  }
}

const shortFinding = ({ id, score, risk, severity, cause, held_out }: Finding) => ({
  ...{ id, score, risk, severity, cause, quarantined: held_out },
})
