import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readRecord } from '@straylight/ingest/record/read-record'
import { Registry } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { StreamError } from './labelled-stream.ts'
import { nativeEventOf } from './native-event-of.ts'
import type { StreamEvent } from './stream-event.ts'

const registry = createAgentRegistry(Registry.parse({ version: 1, agents: [] }))

/** Events as the stages know them, read by ingest itself, in order of event time (of equal times, in the stream's order). */
export function agentEventsOf(events: readonly StreamEvent[]): AgentEvent[] {
  return events.map(agentEventOf).sort((a, b) => a.time - b.time)
}

function agentEventOf(event: StreamEvent, offset: number): AgentEvent {
  const record = Buffer.from(JSON.stringify(nativeEventOf(event)))
  const { events, rejections } = readRecord(record, {}, { registry, tenant: 'bench', time_max: null })
  const read = events[0]?.event
  if (!read) {
    const [why] = rejections
    throw new StreamError(`event ${event.id} is rejected by ingest: ${why?.path ?? ''} ${why?.reason ?? ''}`)
  }
  return { ...read, id: event.id, position: { topic: 'agent.audit.v1', partition: 0, offset, index: 0 } }
}
