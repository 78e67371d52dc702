import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'

/** Noon of a day in 2026: where the tests' time starts. */
export const noon = 1_790_000_000_000 - (1_790_000_000_000 % dayMs) + 43_200_000

/** An event as ingest makes them, number `offset` of its source. */
export function eventOf(offset: number, changes: Partial<AgentEvent> = {}): AgentEvent {
  return {
    id: `e${offset}`,
    time: noon + offset * 1000,
    tenant: 'acme',
    agent: 'bot',
    session: 's',
    system: 'erp',
    action: 'read',
    format: 'native',
    registered: true,
    content_hash: offset.toString(16).padStart(8, '0').repeat(2),
    position: { topic: 'agent.audit.v1', partition: 0, offset, index: 0 },
    ...changes,
  }
}
