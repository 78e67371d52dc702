import { eventShape } from '@straylight/models/event/event-shape'
import type { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { bearsValues } from '@straylight/models/provenance/follow-values'
import type { Followed } from '@straylight/models/session/agent-clock'
import { sessionKeyOf } from '@straylight/models/session/agent-clock'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs } from '@straylight/schemas/duration'
import { countedText, keyVersion } from './counted-keys.ts'
import { orderText } from './order-column.ts'
import { sessionText } from './session-column.ts'

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

/** An event as it was read and followed. */
export interface FollowedEvent {
  readonly event: AgentEvent
  /** The event as it stands in the log, JSON. */
  readonly text: string
  readonly followed: Followed
}

/** A row of table `events`: the keys that the event counts under, its place in its session, and the session as it stood after it. */
export function eventRow({ event, text, followed }: FollowedEvent, place: RowPlace, hasher: ProfileKeyHasher) {
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
    key_version: keyVersion,
    counted: countedText(hasher, shape),
    order_context: orderText(order),
    late: shape.late ? 1 : 0,
    system: shape.system,
    step: shape.step,
    destination_keys: shape.destinations.map(({ key }) => key),
    bytes_sent: shape.bytes_sent,
    bytes_received: shape.bytes_received,
    records: shape.records,
    outcome: shape.outcome,
    session_key: sessionKeyOf(event),
    session: session.session,
    session_started_at: session.started_at,
    session_events: session.events,
    session_after: sessionText(followed),
    bears_values: bearsValues(event) ? 1 : 0,
    bears_request: (event.request_values?.length ?? 0) > 0 ? 1 : 0,
    event: text,
  }
}

export type EventRow = ReturnType<typeof eventRow>
