import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { z } from 'zod'

/** An event that the operator or the registry vouches for. */
const vouched = `(vetted = 1 OR JSONExtractBool(event, 'registered'))`

type HistoryParameters = Record<string, unknown> & {
  readonly from: number
  readonly limit: number
  readonly events: number
  readonly ms: number
}

/**
 * Events of history, oldest first; what is quarantined was never learnt and is not trained on. Nor are, in a tenant with registered
 * agents or vetted history, agents of neither that have not lived as long as the policy asks: sessions of names that somebody made
 * up must not say what is ordinary.
 */
const storedEvents: Query<HistoryParameters, { event: string }> = {
  name: 'events to train on',
  sql: `
    SELECT event FROM events FINAL
    WHERE (source_topic, source_partition, source_offset, source_index) NOT IN (
      SELECT source_topic, source_partition, source_offset, source_index FROM held_out FINAL WHERE state <> 'released')
    AND (tenant NOT IN (SELECT tenant FROM events WHERE ${vouched})
      OR (tenant, agent) IN (
        SELECT tenant, agent FROM events FINAL GROUP BY tenant, agent
        HAVING countIf(${vouched}) > 0 OR (count() >= {events:UInt64}
          AND toUnixTimestamp64Milli(max(time)) - toUnixTimestamp64Milli(min(time)) >= {ms:UInt64})))
    ORDER BY time, log_partition, log_offset, source_index
    LIMIT {limit:UInt32} OFFSET {from:UInt32}`,
  row: z.object({ event: z.string() }),
}

/** Rows asked for at a time: an answer comes whole. */
const rowsPerQuery = 50_000
/** Events trained on at most: what fits in a few gigabytes of memory. */
const eventsMax = 2_000_000

/** History as the store has it, in order of event time, of agents that count (`required`: the policy's `history_required`). */
export async function storedHistory(
  store: Store,
  required: { readonly events: number; readonly days: number },
): Promise<AgentEvent[]> {
  const bar = { events: required.events, ms: Math.round(required.days * dayMs) }
  const events: AgentEvent[] = []
  while (events.length < eventsMax) {
    const rows = await store.query(storedEvents, { ...bar, from: events.length, limit: rowsPerQuery })
    for (const { event } of rows) events.push(JSON.parse(event) as AgentEvent)
    if (rows.length < rowsPerQuery) break
  }
  return events
}
