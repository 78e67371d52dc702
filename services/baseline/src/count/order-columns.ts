import type { OrderContext } from '@straylight/models/event/event-shape'
import type { Flow } from '@straylight/models/provenance/flow'
import type { Root } from '@straylight/models/provenance/value-origin'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { z } from 'zod'
import { windowColumns, windowsOf } from './window-columns.ts'

const names = [
  'previous_step',
  'previous_step_2',
  'session_bytes_sent',
  'session_bytes_received',
  'late',
  'root',
  'flow_values',
  'flow_arguments',
  'flow_kinds',
  'flow_sources',
  'flow_roots',
  'closed_measures',
  'closed_totals',
  'passed_measures',
  'passed_totals',
] as const

/** The columns of `events` that hold an event's place in its session, for a SELECT; `table` is its alias. */
export const orderColumns = (table?: string): string =>
  names.map((name) => (table === undefined ? name : `${table}.${name} AS ${name}`)).join(', ')

export const OrderRow = z.object({
  previous_step: z.string(),
  previous_step_2: z.string(),
  session_bytes_sent: z.coerce.number(),
  session_bytes_received: z.coerce.number(),
  late: z.coerce.number(),
  root: z.string(),
  flow_values: z.array(z.coerce.number()),
  flow_arguments: z.array(z.string()),
  flow_kinds: z.array(z.string()),
  flow_sources: z.array(z.string()),
  flow_roots: z.array(z.string()),
  ...windowColumns,
})
export type OrderRow = z.infer<typeof OrderRow>

/** Flows as parallel columns, one entry a flow: what counting reads. */
export const flowColumns = (flows: readonly Flow[] | null) => ({
  flow_values: (flows ?? []).map(({ value }) => value),
  flow_arguments: (flows ?? []).map(({ argument }) => argument),
  flow_kinds: (flows ?? []).map(({ kind }) => kind),
  flow_sources: (flows ?? []).map(({ source }) => source),
  flow_roots: (flows ?? []).map(({ root }) => root),
})

/** A stored event's place in its session, as `followSession` gave it. Flows are unknown where it does not say what its arguments held. */
export function orderOf(row: OrderRow, event: Pick<AgentEvent, 'argument_values'>): OrderContext {
  const { flow_values, flow_arguments, flow_kinds, flow_sources, flow_roots, late, root } = row
  const flows = flow_values.map((value, at) => ({
    value,
    argument: flow_arguments[at] as string,
    kind: flow_kinds[at] as string,
    source: flow_sources[at] as string,
    root: flow_roots[at] as Root | '',
    call: 0,
  }))
  const unknown = event.argument_values === undefined
  const { previous_step, previous_step_2, session_bytes_sent, session_bytes_received } = row
  const order = { previous_step, previous_step_2, session_bytes_sent, session_bytes_received, ...windowsOf(row) }
  return { ...order, late: late === 1, root: root as Root, flows: unknown ? null : flows }
}
