import { Name, Tenant } from '@straylight/schemas/agent-event'
import type { AgentRegistry } from './agent-registry.ts'
import { isObject } from './field-reader.ts'
import type { Sender } from './sender.ts'
import { tenantOf } from './tenant-of.ts'

/** Whose record could not be read. */
export interface RejectedAgent {
  readonly tenant: string
  readonly agent: string
  readonly registered: boolean
}

/**
 * Whose record was rejected, as far as it says so in a native event or its envelope: so that an agent which hides behind records that
 * cannot be read is seen. Null where its sender may not speak for that agent or tenant.
 */
export function rejectedAgent(
  value: unknown,
  { sender, context }: { sender: Sender; context: { registry: AgentRegistry; tenant: string | undefined } },
): RejectedAgent | null {
  if (!isObject(value)) return null
  const data = isObject(value.data) ? value.data : {}
  const name = namedIn(Name, [value.agent, data.agent, value.subject])
  const claimed = namedIn(Tenant, [value.tenant, data.tenant])
  if (name === undefined || (sender.tenant !== null && claimed !== undefined && claimed !== sender.tenant)) return null
  const tenant = tenantOf({ token: sender.tenant, record: claimed }, context)
  const known = context.registry.resolve(tenant, name)
  const agent = known?.agent ?? name
  if (sender.agents !== null && !sender.agents.has(agent)) return null
  return { tenant, agent, registered: known !== null }
}

function namedIn(schema: typeof Name, values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const { success, data } = schema.safeParse(value)
    if (success) return data
  }
  return undefined
}
