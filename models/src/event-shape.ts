import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { WindowTotal } from '@straylight/schemas/window-total'
import { type Destination, destinationOf } from './destination.ts'
import { type EventCircumstances, eventCircumstances } from './event-circumstances.ts'
import { type Flow, type UsedValue, usedValues } from './flow.ts'
import type { Root } from './session-values.ts'

/** Marks the beginning of a session in order contexts. */
export const sessionStart = '^'

/** Most destinations of one event that count: the rest of a long list says nothing new. */
const destinationsMax = 8

/**
 * An event as profiles see it: its fields in comparable form plus its place in its session.
 * Also the columns of table `events` that counting reads, so that TypeScript and SQL count the same things.
 * `null` is unknown and switches off what needs it.
 */
export interface EventShape extends EventCircumstances {
  readonly system: string
  /** `system/action`: what the agent did, the unit of order. */
  readonly step: string
  readonly previous_step: string
  readonly previous_step_2: string
  /** Sorted argument names joined with ','. */
  readonly argument_set: string | null
  readonly destinations: readonly Destination[]
  readonly bytes_sent: number | null
  /** Unknown when the call did not succeed: an error's size says nothing of the data. */
  readonly bytes_received: number | null
  readonly records: number | null
  /** The session's totals with this event. */
  readonly session_bytes_sent: number
  readonly session_bytes_received: number
  readonly outcome: string | null
  /** Privilege and scopes, each a name of its own kind. */
  readonly privileges: readonly string[]
  /** Where the arguments' values came from; null where the event does not say what they held. */
  readonly flows: readonly Flow[] | null
  /** How the call is rooted: in the request, in nothing, in memory, in values of the agent's own making. */
  readonly root: Root
  /** Some output is known, so a later argument may be fed by it. */
  readonly returns: boolean
  readonly values: readonly UsedValue[]
  /** Older than the agent's clock allows: order, totals and flows are off. */
  readonly late: boolean
}

/** Place of an event in its session: made by `followSession`, stored with the event. */
export interface OrderContext {
  readonly previous_step: string
  readonly previous_step_2: string
  readonly session_bytes_sent: number
  readonly session_bytes_received: number
  readonly flows: readonly Flow[] | null
  readonly root: Root
  readonly late: boolean
  readonly closed: readonly WindowTotal[]
  readonly passed: readonly WindowTotal[]
}

/** Steps by system and action: the same string each time is found again without being read through. */
let steps = new Map<string, Map<string, string>>()
let stepsKept = 0
const stepsMax = 20_000

export function stepOf({ system, action }: Pick<AgentEvent, 'system' | 'action'>): string {
  const known = steps.get(system)?.get(action)
  if (known !== undefined) return known
  if (stepsKept >= stepsMax) {
    steps = new Map()
    stepsKept = 0
  }
  stepsKept++
  const step = `${system}/${action}`
  const ofSystem = steps.get(system) ?? new Map<string, string>()
  steps.set(system, ofSystem)
  ofSystem.set(action, step)
  return step
}

/** Bytes that count as received: only those of a call that succeeded (or does not say). */
export const receivedOf = (event: Pick<AgentEvent, 'outcome' | 'bytes_received'>): number | null =>
  event.outcome === 'failure' || event.outcome === 'denied' ? null : (event.bytes_received ?? null)

function privilegesOf(event: AgentEvent): string[] {
  const names = new Set<string>()
  if (event.privilege !== undefined) names.add(`privilege:${event.privilege}`)
  for (const scope of event.credential?.scopes ?? []) names.add(`scope:${scope}`)
  return [...names]
}

function destinationsOf(event: AgentEvent): Destination[] {
  const byKey = new Map<string, Destination>()
  for (const text of event.destinations ?? []) {
    const destination = destinationOf(text)
    if (!byKey.has(destination.key)) byKey.set(destination.key, destination)
    if (byKey.size === destinationsMax) break
  }
  return [...byKey.values()]
}

export function eventShape(event: AgentEvent, order: OrderContext): EventShape {
  return {
    system: event.system,
    step: stepOf(event),
    previous_step: order.previous_step,
    previous_step_2: order.previous_step_2,
    argument_set: event.argument_names === undefined ? null : [...event.argument_names].sort().join(','),
    destinations: destinationsOf(event),
    bytes_sent: event.bytes_sent ?? null,
    bytes_received: receivedOf(event),
    records: event.records ?? null,
    session_bytes_sent: order.session_bytes_sent,
    session_bytes_received: order.session_bytes_received,
    outcome: event.outcome ?? null,
    privileges: privilegesOf(event),
    flows: order.flows,
    root: order.root,
    returns: !order.late && (event.result_values?.length ?? 0) > 0,
    values: order.flows === null ? [] : usedValues(event),
    late: order.late,
    ...eventCircumstances(event, order),
  }
}
