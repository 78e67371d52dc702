import type { OrderContext } from '@straylight/models/event/event-shape'
import type { Flow } from '@straylight/models/provenance/flow'
import type { Root } from '@straylight/models/provenance/value-origin'
import { measures } from '@straylight/models/session/activity-windows'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { WindowTotal } from '@straylight/schemas/window-total'
import { z } from 'zod'

/**
 * What `order_context` holds, in this order: previous step and the one before it, bytes sent and received in the session, root, totals of
 * windows that closed and that passed an octave (place in `measures` and total, in turns), and flows (value, argument, kind, source,
 * root, in turns; which call it was is not kept) or null. A list without names, since every event has one.
 */
type StoredOrder = readonly [
  previous_step: string,
  previous_step_2: string,
  session_bytes_sent: number,
  session_bytes_received: number,
  root: Root,
  closed: readonly number[],
  passed: readonly number[],
  flows: readonly (string | number)[] | null,
]

/** Column `order_context`: an event's place in its session, as `followSession` gave it. */
export function orderText(order: OrderContext): string {
  const stored: StoredOrder = [
    order.previous_step,
    order.previous_step_2,
    order.session_bytes_sent,
    order.session_bytes_received,
    order.root,
    totalsIn(order.closed),
    totalsIn(order.passed),
    order.flows === null ? null : flowsIn(order.flows),
  ]
  return JSON.stringify(stored)
}

const places = new Map(measures.map((measure, place) => [measure, place]))

function totalsIn(totals: readonly WindowTotal[]): number[] {
  const stored: number[] = []
  for (const { measure, total } of totals) stored.push(places.get(measure) as number, total)
  return stored
}

const totalsOf = (stored: readonly number[]): WindowTotal[] =>
  Array.from({ length: stored.length / 2 }, (_, at) => ({
    measure: measures[stored[2 * at] as number] as string,
    total: stored[2 * at + 1] as number,
  }))

function flowsIn(flows: readonly Flow[]): (string | number)[] {
  const stored: (string | number)[] = []
  for (const { value, argument, kind, source, root } of flows) stored.push(value, argument, kind, source, root)
  return stored
}

const flowsOf = (stored: readonly (string | number)[]): Flow[] =>
  Array.from({ length: stored.length / 5 }, (_, at) => {
    const [value, argument, kind, source, root] = stored.slice(5 * at, 5 * at + 5)
    return { value, argument, kind, source, root, call: 0 } as Flow
  })

/** How the call of an event was rooted. */
export const rootIn = (text: string): Root => (JSON.parse(text) as StoredOrder)[4]

export const OrderRow = z.object({ late: z.coerce.number(), order_context: z.string() })
export type OrderRow = z.infer<typeof OrderRow>

/** The columns of `OrderRow`, for a SELECT; `table` is its alias. */
export const orderColumns = (table?: string): string =>
  Object.keys(OrderRow.shape)
    .map((name) => (table === undefined ? name : `${table}.${name} AS ${name}`))
    .join(', ')

/** A stored event's place in its session. Flows are unknown where it does not say what its arguments held. */
export function orderOf(row: OrderRow, event: Pick<AgentEvent, 'argument_values'>): OrderContext {
  const stored = JSON.parse(row.order_context) as StoredOrder
  const [previous_step, previous_step_2, session_bytes_sent, session_bytes_received, root, closed, passed, flows] =
    stored
  return {
    ...{ previous_step, previous_step_2, session_bytes_sent, session_bytes_received, root },
    late: row.late === 1,
    closed: totalsOf(closed),
    passed: totalsOf(passed),
    flows: event.argument_values === undefined ? null : flowsOf(flows ?? []),
  }
}
