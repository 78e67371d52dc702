import type { Agent } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { AgentRegistry } from './agent-registry.ts'
import type { Fault, FormatDraft } from './event-draft.ts'
import { coversCredential, type Sender } from './sender.ts'
import { tenantOf } from './tenant-of.ts'

/** Whose event it is, settled against the registry and the sender's rights. */
export interface Settled {
  readonly tenant: string
  readonly agent: string
  readonly owner: string | undefined
  readonly parent_agent: string | undefined
  readonly registered: boolean
  /** What the sender's binding proves; the event's own word proves nothing. */
  readonly proven: AgentEvent['proven']
}

/**
 * Finds the agent by its names, and refuses an event that speaks for a tenant or an agent the sender may not speak
 * for, or names a credential that it may not name. An owner that the registry knows stands above the one that the event claims. An agent nobody registered keeps the name it came with. Rights are asked of the agent found, not of the name
 * given: an alias of another agent would otherwise pass.
 */
export function settleAgent(
  draft: FormatDraft,
  sender: Sender,
  context: { registry: AgentRegistry; tenant: string | undefined },
): Settled | Fault {
  if (sender.tenant !== null && draft.tenant !== undefined && draft.tenant !== sender.tenant)
    return notPermitted('tenant', `its sender may speak for tenant "${sender.tenant}" only`)
  const tenant = tenantOf({ token: sender.tenant, record: draft.tenant, account: draft.tenant_hint }, context)
  const known = firstKnown(context.registry, tenant, draft)
  const agent = known?.agent ?? draft.agent
  if (sender.agents !== null && !sender.agents.has(agent))
    return notPermitted('agent', 'its sender may not speak for this agent')
  const credential = draft.credential?.id
  if (sender.credentials !== null && credential !== undefined && !coversCredential(sender.credentials, credential))
    return notPermitted(credentialPath, 'its sender may not name this credential')
  const parent = draft.parent_agent
  return {
    tenant,
    agent,
    owner: known?.owner ?? draft.owner,
    parent_agent: parent === undefined ? undefined : (context.registry.resolve(tenant, parent)?.agent ?? parent),
    registered: known !== null,
    proven: provenOf(sender, credential),
  }
}

const byAgent: AgentEvent['proven'] = ['agent']
const byCredential: AgentEvent['proven'] = ['credential']
const byBoth: AgentEvent['proven'] = ['agent', 'credential']

/** Asked once all is permitted: a sender bound to agents speaks for this one by name. */
function provenOf(sender: Sender, credential: string | undefined): AgentEvent['proven'] {
  const isBound = sender.credentials !== null && credential !== undefined
  if (sender.agents === null) return isBound ? byCredential : undefined
  return isBound ? byBoth : byAgent
}

/** Field to blame where a credential may not be named. */
export const credentialPath = 'credential.id'

const notPermitted = (path: string, why: string): Fault => ({ code: 'not_permitted', reason: `${path}: ${why}`, path })

function firstKnown(registry: AgentRegistry, tenant: string, draft: FormatDraft): Agent | null {
  if (draft.names === undefined) return registry.resolve(tenant, draft.agent)
  for (const name of draft.names) {
    const known = registry.resolve(tenant, name)
    if (known !== null) return known
  }
  return null
}
