import type { Query, Store } from '@straylight/runtime/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { z } from 'zod'

/** Events of history, oldest first; what is held out was never learnt and is not trained on. */
const storedEvents: Query<{ from: number; limit: number }, { event: string }> = {
  name: 'events to train on',
  sql: `
    SELECT event FROM events FINAL
    WHERE (source_topic, source_partition, source_offset, source_index) NOT IN (
      SELECT source_topic, source_partition, source_offset, source_index FROM held_out FINAL WHERE state <> 'released')
    ORDER BY time, log_partition, log_offset, source_index
    LIMIT {limit:UInt32} OFFSET {from:UInt32}`,
  row: z.object({ event: z.string() }),
}

/** Rows asked for at a time: an answer comes whole. */
const rowsPerQuery = 50_000
/** Events trained on at most: what fits in a few gigabytes of memory. */
const eventsMax = 2_000_000

/** History as the store has it, in order of event time. */
export async function storedHistory(store: Store): Promise<AgentEvent[]> {
  const events: AgentEvent[] = []
  while (events.length < eventsMax) {
    const rows = await store.query(storedEvents, { from: events.length, limit: rowsPerQuery })
    for (const { event } of rows) events.push(JSON.parse(event) as AgentEvent)
    if (rows.length < rowsPerQuery) break
  }
  return events
}
