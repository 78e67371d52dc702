import { rememberedCall } from '@straylight/models/provenance/follow-values'
import { SessionValues } from '@straylight/models/provenance/session-values'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { z } from 'zod'
import { rootIn } from '../count/order-column.ts'

/** An open session as its last stored row leaves it. `values` 0: it carried none, 1: something is unknown, 2: complete. */
export interface RememberingSession {
  readonly tenant: string
  readonly agent: string
  readonly session_key: string
  readonly started_at: number
  readonly calls_from: number
  readonly requests_from: number
  readonly values: number
}

interface Parameters extends Record<string, unknown> {
  readonly tenants: readonly string[]
  readonly agents: readonly string[]
  readonly keys: readonly string[]
  readonly started: readonly number[]
  readonly calls_from: readonly number[]
  readonly requests_from: readonly number[]
  readonly partition: number
  readonly before: number
}

const BearingRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  session_key: z.string(),
  started_at: z.number(),
  at: z.number(),
  order_context: z.string(),
  is_call: z.number(),
  is_request: z.number(),
  event: z.string(),
})
type BearingRow = z.infer<typeof BearingRow>

/**
 * The events that these sessions still remember, in their order. Each session says from which of its events on
 * (ordinal, 0: none) calls and requests are remembered, so this reads as many rows as the memory holds. LIMIT BY instead
 * of FINAL: rows stored twice are equal.
 */
const bearingEvents: Query<Parameters, BearingRow> = {
  name: 'values of sessions',
  sql: `
SELECT tenant, agent, session_key, toUnixTimestamp64Milli(session_started_at) AS started_at, session_events AS at,
  order_context,
  bears_values AND calls_from > 0 AND at >= calls_from AS is_call,
  bears_request AND requests_from > 0 AND at >= requests_from AS is_request, event
FROM events
INNER JOIN (
  SELECT s.1 AS tenant, s.2 AS agent, s.3 AS session_key, s.4 AS started, s.5 AS calls_from, s.6 AS requests_from
  FROM (
    SELECT arrayJoin(arrayZip({tenants:Array(String)}, {agents:Array(String)}, {keys:Array(String)},
      {started:Array(Int64)}, {calls_from:Array(UInt32)}, {requests_from:Array(UInt32)})) AS s
  )
) AS remembering USING (tenant, agent, session_key)
WHERE started_at = started AND (is_call OR is_request)
  AND (log_partition = -1 OR log_partition = {partition:Int32})
  AND (log_partition != {partition:Int32} OR log_offset < {before:Int64})
ORDER BY tenant, agent, session_key, at, key_version DESC
LIMIT 1 BY tenant, agent, session_key, at`,
  row: BearingRow,
}

/** Builds the value memory of open sessions again from the stored events, as following them live left it. */
export async function rememberedValues<Session extends RememberingSession>(
  store: Store,
  sessions: readonly Session[],
  log: { readonly partition: number; readonly before: number },
): Promise<Map<Session, SessionValues>> {
  const remembering = sessions.filter(({ values }) => values > 0)
  const read = remembering.filter(({ calls_from, requests_from }) => calls_from + requests_from > 0)
  const rows = read.length === 0 ? [] : await store.query(bearingEvents, { ...columnsOf(read), ...log })
  const bySession = new Map<string, BearingRow[]>()
  for (const row of rows) {
    const list = bySession.get(keyOf(row)) ?? []
    bySession.set(keyOf(row), list)
    list.push(row)
  }
  return new Map(
    remembering.map((session) => [session, memoryOf(bySession.get(keyOf(session)) ?? [], session.values === 2)]),
  )
}

const columnsOf = (sessions: readonly RememberingSession[]) => ({
  tenants: sessions.map(({ tenant }) => tenant),
  agents: sessions.map(({ agent }) => agent),
  keys: sessions.map(({ session_key }) => session_key),
  started: sessions.map(({ started_at }) => started_at),
  calls_from: sessions.map(({ calls_from }) => calls_from),
  requests_from: sessions.map(({ requests_from }) => requests_from),
})

/** Names have no control characters, so none runs into the other. */
const keyOf = ({ tenant, agent, session_key }: Pick<RememberingSession, 'tenant' | 'agent' | 'session_key'>): string =>
  `${tenant}\n${agent}\n${session_key}`

function memoryOf(rows: readonly BearingRow[], complete: boolean): SessionValues {
  const events = rows.map((row) => ({ ...row, event: JSON.parse(row.event) as AgentEvent }))
  return SessionValues.fromState({
    calls: events.flatMap(({ is_call, event, at, order_context }) =>
      is_call === 1 ? [rememberedCall(event, at, rootIn(order_context))] : [],
    ),
    requests: events.flatMap(({ is_request, event, at }) =>
      is_request === 1 ? [{ at, values: event.request_values ?? [] }] : [],
    ),
    complete,
  })
}
