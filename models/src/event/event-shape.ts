import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { WindowTotal } from '@straylight/schemas/window-total'
import { reportedFields } from '../features/reported-fields.ts'
import { type Flow, type UsedValue, usedValues } from '../provenance/flow.ts'
import type { Root } from '../provenance/value-origin.ts'
import { canonicalDestination, type Destination, destinationsIn } from './destination.ts'
import {
  credentialAgeHours,
  type EventCircumstances,
  hoursPastExpiry,
  isExpired,
  signalLevels,
} from './event-circumstances.ts'
import { JoinedNames } from './joined-names.ts'
import { privilegeRank } from './privilege-rank.ts'
import { sourceNames } from './source-names.ts'
import { timeOfWeek } from './time-of-week.ts'

/** Marks the beginning of a session in order contexts. */
export const sessionStart = '^'

/** Most destinations of one event that count: the rest of a long list says nothing new. */
const destinationsMax = 8

/**
 * An event as profiles see it: its fields in comparable form plus its place in its session.
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
  /** What the session's requests named (`SessionValues.asked`). */
  readonly asked: readonly string[]
  /** Older than the agent's clock allows: its order is off. */
  readonly late: boolean
  /** Which of `countedFields` it tells, as bits. */
  readonly told_fields: number
}

/** Place of an event in its session: made by `followSession`, stored with the event. */
export interface OrderContext {
  readonly previous_step: string
  readonly previous_step_2: string
  readonly session_bytes_sent: number
  readonly session_bytes_received: number
  readonly flows: readonly Flow[] | null
  /** The values that flowed, where whoever followed the session has them at hand; else they are read out of the event. */
  readonly values?: readonly UsedValue[] | undefined
  /** What the session's requests named; absent where it is not known. */
  readonly asked?: readonly string[] | undefined
  readonly root: Root
  readonly late: boolean
  readonly closed: readonly WindowTotal[]
  readonly passed: readonly WindowTotal[]
}

const steps = new JoinedNames('/', 20_000)

export const stepOf = ({ system, action }: Pick<AgentEvent, 'system' | 'action'>): string => steps.of(system, action)

/** Bytes that count as received: only those of a call that succeeded (or does not say). */
export const receivedOf = (event: Pick<AgentEvent, 'outcome' | 'bytes_received'>): number | null =>
  event.outcome === 'failure' || event.outcome === 'denied' ? null : (event.bytes_received ?? null)

const rights = new JoinedNames(':', 10_000)

function privilegesOf({ privilege, credential }: AgentEvent): readonly string[] {
  const scopes = credential?.scopes
  if (privilege === undefined && scopes === undefined) return none
  const names: string[] = privilege === undefined ? [] : [rights.of('privilege', privilege)]
  for (const scope of scopes ?? none) {
    const name = rights.of('scope', scope)
    if (!names.includes(name)) names.push(name)
  }
  return names
}

function destinationsOf({ destinations: texts, internal_destinations: own }: AgentEvent): readonly Destination[] {
  if (texts === undefined || texts.length === 0) return noDestinations
  const destinations: Destination[] = []
  for (const text of texts) {
    for (const destination of destinationsIn(text)) {
      if (hasDestination(destinations, destination.key)) continue
      const isOwn = own?.includes(canonicalDestination(destination)) === true
      destinations.push(isOwn ? { ...destination, external: false } : destination)
      if (destinations.length === destinationsMax) return destinations
    }
  }
  return destinations
}

function hasDestination(destinations: readonly Destination[], key: string): boolean {
  for (const destination of destinations) if (destination.key === key) return true
  return false
}

function argumentSetOf({ argument_names: names }: AgentEvent): string | null {
  if (names === undefined) return null
  if (names.length < 2) return names[0] ?? ''
  return isAscending(names) ? names.join(',') : [...names].sort().join(',')
}

function isAscending(names: readonly string[]): boolean {
  for (let at = 1; at < names.length; at++) if ((names[at] as string) < (names[at - 1] as string)) return false
  return true
}

const none: readonly string[] = []
const noDestinations: readonly Destination[] = []
const noValues: readonly UsedValue[] = []

/** Written out, field by field: objects put together from parts cost an event more than all that is in them. */
export function eventShape(event: AgentEvent, order: OrderContext): EventShape {
  const { time, credential } = event
  return {
    system: event.system,
    step: stepOf(event),
    previous_step: order.previous_step,
    previous_step_2: order.previous_step_2,
    argument_set: argumentSetOf(event),
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
    returns: (event.result_values?.length ?? 0) > 0,
    values: order.flows === null ? noValues : (order.values ?? usedValues(event)),
    asked: order.asked ?? none,
    late: order.late,
    told_fields: reportedFields(event, order.late),
    time_of_week: timeOfWeek(time),
    privilege_rank: privilegeRank(credential?.scopes ?? none, event.privilege),
    credential_age_hours: credentialAgeHours(credential, time),
    credential_expired: isExpired(credential, time),
    credential_expired_hours: hoursPastExpiry(credential, time),
    parent_agent: event.parent_agent ?? null,
    sources: sourceNames(event.source),
    signals: signalLevels(event.signals),
    closed: order.closed,
    passed: order.passed,
  }
}
