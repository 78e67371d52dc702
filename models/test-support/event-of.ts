import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'

/** A moment to count from: noon of a day in 2026. */
export const noon = 1_790_000_000_000 - (1_790_000_000_000 % dayMs) + 43_200_000

let made = 0

/** An event as ingest makes them; each call is the next record of its source. */
export function eventOf(changes: Partial<AgentEvent> = {}): AgentEvent {
  const offset = made++
  return {
    id: `e${offset}`,
    time: noon,
    tenant: 'acme',
    agent: 'bot',
    system: 'erp',
    action: 'read',
    format: 'native',
    registered: true,
    content_hash: offset.toString(16).padStart(16, '0'),
    position: { topic: 'agent.audit.v1', partition: 0, offset, index: 0 },
    ...changes,
  }
}
