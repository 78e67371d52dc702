import { eventShape } from '@straylight/models/event/event-shape'
import { bearsValues } from '@straylight/models/provenance/follow-values'
import type { Followed } from '@straylight/models/session/agent-clock'
import { sessionKeyOf } from '@straylight/models/session/agent-clock'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs } from '@straylight/schemas/duration'
import { circumstanceColumns } from './circumstance-columns.ts'
import { flowColumns } from './order-columns.ts'

export const hourOf = (timeMs: number): number => Math.floor(timeMs / hourMs)

/** Where a row stands: by source (its identity) and in `agent.events.v1` (its order). */
export interface RowPlace {
  readonly source: { topic: string; partition: number; offset: number; index: number }
  readonly log: { partition: number; offset: number }
  readonly log_time: number
  readonly vetted: boolean
  /** Knowledge in force there; 0 (default) for history and before the first marker. */
  readonly knowledge_version?: number
}

/** A row of table `events`: the event's shape as counting reads it, and its session as it stood after it. */
export function eventRow(event: AgentEvent, text: string, followed: Followed, place: RowPlace) {
  const { session, order } = followed
  const shape = eventShape(event, order)
  return {
    tenant: event.tenant,
    agent: event.agent,
    hour: hourOf(event.time),
    source_topic: place.source.topic,
    source_partition: place.source.partition,
    source_offset: place.source.offset,
    source_index: place.source.index,
    log_partition: place.log.partition,
    log_offset: place.log.offset,
    log_time: place.log_time,
    knowledge_version: place.knowledge_version ?? 0,
    event_id: event.id,
    time: event.time,
    vetted: place.vetted ? 1 : 0,
    system: shape.system,
    step: shape.step,
    previous_step: shape.previous_step,
    previous_step_2: shape.previous_step_2,
    argument_set: shape.argument_set,
    destination_keys: shape.destinations.map(({ key }) => key),
    destination_kinds: shape.destinations.map(({ kind }) => kind),
    destination_external: shape.destinations.map(({ external }) => (external ? 1 : 0)),
    bytes_sent: shape.bytes_sent,
    bytes_received: shape.bytes_received,
    records: shape.records,
    session_bytes_sent: shape.session_bytes_sent,
    session_bytes_received: shape.session_bytes_received,
    outcome: shape.outcome,
    privileges: shape.privileges,
    root: shape.root,
    ...flowColumns(shape.flows),
    value_arguments: shape.values.map(({ argument }) => argument),
    value_hashes: shape.values.map(({ value }) => value),
    returns: shape.returns ? 1 : 0,
    late: shape.late ? 1 : 0,
    told_fields: shape.told_fields,
    ...circumstanceColumns(shape, followed.clock),
    session_key: sessionKeyOf(event),
    session: session.session,
    session_started_at: session.started_at,
    session_last_time: session.last_time,
    session_events: session.events,
    after_step: session.previous_step,
    after_step_2: session.previous_step_2,
    after_bytes_sent: session.bytes_sent,
    after_bytes_received: session.bytes_received,
    bears_values: bearsValues(event) ? 1 : 0,
    bears_request: (event.request_values?.length ?? 0) > 0 ? 1 : 0,
    after_calls_from: session.values?.callsFrom ?? 0,
    after_requests_from: session.values?.requestsFrom ?? 0,
    after_values: session.values === null ? 0 : session.values.isComplete ? 2 : 1,
    event: text,
  }
}

export type EventRow = ReturnType<typeof eventRow>
