import { createHash } from 'node:crypto'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { topics } from '@straylight/schemas/topics'

export const firstDay = 20_400

/** A model that nothing here runs: a version carries whatever it is given. */
export const model = { format: 'straylight-model/2', name: 'none' } as unknown as ModelArtifact

const actions = [
  ['erp', 'read'],
  ['erp', 'export'],
  ['mail', 'send'],
  ['crm', 'find'],
  ['crm', 'delete'],
] as const

/** A whole number below `below`, the same for the same `of`. */
const draw = (of: string, below: number): number => createHash('sha256').update(of).digest().readUInt32LE(0) % below

export interface SmallFleetOptions {
  readonly agents: number
  readonly days: number
  readonly perDay: number
  readonly tenant?: string
  readonly firstDay?: number
}

/** Events of a small fleet in order of time, two kinds of agents, with sessions, unknown fields and a few late ones. */
export function fleetEvents(options: SmallFleetOptions): AgentEvent[] {
  const { agents, days, perDay, tenant = 'acme' } = options
  const start = options.firstDay ?? firstDay
  const events: AgentEvent[] = []
  for (let day = 0; day < days; day++) {
    for (let at = 0; at < agents * perDay; at++) {
      const name = `${tenant}/${start + day}/${at}`
      const agent = at % agents
      const [system, action] = actions[(agent % 2) * 2 + draw(`${name} action`, 3)] ?? actions[0]
      const late = draw(`${name} late`, 20) === 0 ? hourMs : 0
      const time =
        (start + day) * dayMs + Math.floor(((at + 1) / (agents * perDay + 1)) * (dayMs - 7_200_000)) + hourMs - late
      events.push({
        id: name,
        time,
        tenant,
        agent: `agent-${agent}`,
        system,
        action,
        ...(draw(`${name} session`, 3) > 0 ? { session: `run-${agent}-${Math.floor(at / agents / 4)}` } : {}),
        ...(draw(`${name} to`, 2) > 0 ? { destinations: [`d${draw(`${name} which`, 6)}@acme.example`] } : {}),
        ...(draw(`${name} sent`, 2) > 0 ? { bytes_sent: draw(`${name} bytes`, 100_000) } : {}),
        ...(draw(`${name} got`, 2) > 0 ? { bytes_received: draw(`${name} received`, 100_000) } : {}),
        argument_names: ['a', 'b'].slice(0, draw(`${name} names`, 3)),
        outcome: draw(`${name} outcome`, 9) > 0 ? 'success' : 'failure',
        format: 'native',
        registered: true,
        content_hash: createHash('sha256').update(name).digest('hex').slice(0, 16),
        position: { topic: topics.audit.name, partition: 0, offset: events.length, index: 0 },
      })
    }
  }
  return events
}
