import type { AgentEvent } from '@straylight/schemas/agent-event'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import {
  type SyntheticEvent,
  type SyntheticHistoryOptions,
  syntheticHistory,
} from '@straylight/train/synthetic-history'

/** The seed of all benchmarks: the same fleet each time. */
const seed = 20_260_105

/** A made-up fleet's past as shippers would write it, one JSON object a line. */
export const historyLines = (options: SyntheticHistoryOptions = {}): string[] =>
  syntheticHistory(seed, options).events.map((event) => JSON.stringify(event))

/** The same past as the stages know it, and each agent's peer group by `tenant|agent`. */
export function historyEvents(options: SyntheticHistoryOptions = {}): {
  events: AgentEvent[]
  groups: Map<string, string>
} {
  const { events, agents } = syntheticHistory(seed, options)
  return {
    events: events.map(agentEventOf),
    groups: new Map(agents.map(({ tenant, agent, role }) => [partitionKeyOf(tenant, agent), role])),
  }
}

/** A line of the native form as the stages know it. */
export function agentEventOf({ time, credential, ...event }: SyntheticEvent, offset: number): AgentEvent {
  return {
    ...event,
    time: Date.parse(time),
    ...(credential && {
      credential: {
        ...credential,
        issued_at: Date.parse(credential.issued_at),
        expires_at: Date.parse(credential.expires_at),
      },
    }),
    format: 'native',
    registered: true,
    content_hash: offset.toString(16).padStart(16, '0'),
    position: { topic: 'agent.audit.v1', partition: 0, offset, index: 0 },
  }
}
