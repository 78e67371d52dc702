import type { Query, Store } from '@straylight/runtime/store/store'
import { AgentEvent } from '@straylight/schemas/agent-event'
import type { Correction, Knowledge } from '@straylight/schemas/knowledge'
import { z } from 'zod'
import { OrderRow, orderColumns, orderOf } from '../count/order-column.ts'

/** Corrections of one version; what is beyond comes with the next. Each holds its event, so this bounds the version. */
const correctionsMax = 20_000

const PendingRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  desired: z.number(),
  why: z.string(),
  event: z.string(),
  ...OrderRow.shape,
})
type PendingRow = z.infer<typeof PendingRow>

const position = 'tenant, agent, source_topic, source_partition, source_offset, source_index'

/**
 * Events of which score has learnt something else than it should have by now. It should have learnt what is released, and
 * not what is held or confirmed. It has learnt what was not held when it judged, plus the corrections of earlier versions.
 * Live events only: history is never judged. Only hours in which something is marked are read. Oldest first, in an order of its own, so that a version made again is the same.
 */
const pendingCorrections: Query<Record<string, never>, PendingRow> = {
  name: 'pending corrections',
  sql: `
SELECT e.tenant AS tenant, e.agent AS agent, marked.desired AS desired, marked.why AS why, e.event AS event,
  ${orderColumns('e')}
FROM events AS e FINAL
INNER JOIN (
  SELECT ${position}, hour, toInt8(state = 'released') AS desired, why, toInt64(1) - was_held AS learnt
  FROM held_out FINAL
) AS marked USING (${position}, hour)
LEFT JOIN (
  SELECT ${position}, sum(sign) AS corrected FROM corrections FINAL GROUP BY ${position}
) AS made USING (${position})
WHERE (e.tenant, e.agent, e.hour) IN (SELECT tenant, agent, hour FROM held_out)
  AND marked.desired != marked.learnt + made.corrected
ORDER BY e.time, tenant, agent, e.source_partition, e.source_offset, e.source_index
LIMIT ${correctionsMax}`,
  row: PendingRow,
}

/** Marks that ask for a correction, whether or not their event is stored: mostly none, and then no event is looked for. */
const marksToCorrect: Query<Record<string, never>, { due: number }> = {
  name: 'marks to correct',
  sql: `
SELECT count() AS due
FROM (SELECT ${position}, toInt8(state = 'released') AS desired, toInt64(1) - was_held AS learnt FROM held_out FINAL) AS marked
LEFT JOIN (
  SELECT ${position}, sum(sign) AS corrected FROM corrections FINAL GROUP BY ${position}
) AS made USING (${position})
WHERE desired != learnt + made.corrected`,
  row: z.object({ due: z.number() }),
}

export async function correctionsDue(store: Store): Promise<Correction[]> {
  const [marks] = await store.query(marksToCorrect, {})
  if (marks === undefined || marks.due === 0) return []
  return (await store.query(pendingCorrections, {})).map(({ tenant, agent, desired, why, event: text, ...row }) => {
    const event = AgentEvent.parse(JSON.parse(text))
    const { flows, closed, passed, ...order } = orderOf(row, event)
    const lists = { flows: flows && [...flows], closed: [...closed], passed: [...passed] }
    return { tenant, agent, sign: desired === 1 ? 1 : -1, event, ...order, ...lists, why }
  })
}

/** Rows of table `corrections`: what a version corrects, as published. */
export const correctionRows = (knowledge: Knowledge) =>
  knowledge.corrections.map(({ tenant, agent, sign, event, why }) => ({
    tenant,
    agent,
    source_topic: event.position.topic,
    source_partition: event.position.partition,
    source_offset: event.position.offset,
    source_index: event.position.index,
    knowledge_version: knowledge.version,
    sign,
    why,
  }))
