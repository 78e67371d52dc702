import { CredentialBindings } from '@straylight/models/scoring/credential-holder'
import type { LogRecord } from '@straylight/runtime/log/log'
import { Agent, type Tier } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs, minuteMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { topics } from '@straylight/schemas/topics'
import { CredentialIndex } from '../src/watchers/credential-index.ts'
import type { FindingContext } from '../src/watchers/finding-context.ts'
import { sharedCredentialFindings } from '../src/watchers/shared-credential-finding.ts'
import { eventOf, noon } from './event-of.ts'

/** A use of a credential as a test tells it. */
export interface Use {
  readonly agent: string
  /** Event time in minutes after 10:00. */
  readonly at: number
  readonly credential?: string
  readonly tenant?: string
  /** The sender's token is bound to agent and credential. */
  readonly proven?: boolean
  readonly changes?: Partial<AgentEvent>
}

const tenOClock = noon - 2 * hourMs

export function useRecord(use: Use, offset: number): LogRecord {
  const { agent, at, credential: credential_id = 'jti:9c1e', tenant = 'acme' } = use
  const event = eventOf(offset, {
    ...{
      id: `${agent}-${at}`,
      content_hash: 'c'.repeat(16),
      agent,
      tenant,
      time: tenOClock + Math.round(at * minuteMs),
    },
    ...{ owner: 'finance@acme.example', credential: { id: credential_id } },
    ...(use.proven ? { proven: ['agent' as const, 'credential' as const] } : {}),
    ...use.changes,
  })
  return {
    ...{
      topic: topics.credentials.name,
      partition: 1,
      offset,
      key: partitionKeyOf(tenant, credential_id),
      headers: {},
    },
    value: Buffer.from(JSON.stringify({ tenant, credential_id, agent, event })),
    timestamp: noon + offset,
  }
}

/** What a registry says, for findings: by agent its tier and what is bound to it. */
export function contextOf(
  registry: Record<string, { tier?: Tier; ids?: string[]; prefixes?: string[] }>,
): FindingContext {
  const agents = Object.entries(registry).map(([agent, { tier, ids, prefixes }]) =>
    Agent.parse({ tenant: 'acme', agent, tier, ...(ids || prefixes ? { credentials: { ids, prefixes } } : {}) }),
  )
  const bindings = new CredentialBindings(agents)
  return {
    tierOf: (_tenant, agent) => registry[agent]?.tier ?? 'medium',
    boundTo: (tenant, credential) => bindings.agentOf(tenant, credential),
    version: 3,
    model: 'm',
  }
}

/** All that is reported when these uses come in this order. */
export function reported(uses: readonly Use[], context: FindingContext): Finding[] {
  const index = new CredentialIndex()
  return uses.flatMap((use, offset) => {
    const change = index.take(useRecord(use, offset))
    return change === undefined ? [] : sharedCredentialFindings(change, context)
  })
}
