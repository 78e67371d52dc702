import type { Agent, Tier } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { provesHolder } from '@straylight/schemas/credential-use'
import type { CredentialHolder, Finding } from '@straylight/schemas/finding'
import { visibleText } from '@straylight/schemas/visible-text'

/** Of one tenant: whose each exact id and each prefix is; `null` where the registry names two agents, so that it is nobody's. */
interface TenantBindings {
  readonly ids: Map<string, string | null>
  readonly prefixes: Map<string, string | null>
  /** Lengths of the prefixes, the longest first. */
  lengths: number[]
}

/** Whose a credential is by the registry: exact ids before prefixes, of prefixes the longest. */
export class CredentialBindings {
  private readonly tenants = new Map<string, TenantBindings>()

  constructor(agents: readonly Agent[]) {
    for (const { tenant, agent, credentials } of agents) {
      if (credentials === undefined) continue
      const bindings = this.tenants.get(tenant) ?? { ids: new Map(), prefixes: new Map(), lengths: [] }
      this.tenants.set(tenant, bindings)
      for (const id of credentials.ids ?? []) bind(bindings.ids, id, agent)
      for (const prefix of credentials.prefixes ?? []) bind(bindings.prefixes, prefix, agent)
    }
    for (const bindings of this.tenants.values()) {
      const lengths = new Set([...bindings.prefixes.keys()].map((prefix) => prefix.length))
      bindings.lengths = [...lengths].sort((one, other) => other - one)
    }
  }

  /** The agent that the registry gives the credential to; nothing where it says nothing, or two things. */
  agentOf(tenant: string, credential: string): string | undefined {
    const bindings = this.tenants.get(tenant)
    if (bindings === undefined) return undefined
    const exact = bindings.ids.get(credential)
    if (exact !== undefined) return exact ?? undefined
    for (const length of bindings.lengths) {
      const agent = bindings.prefixes.get(credential.slice(0, length))
      if (agent !== undefined) return agent ?? undefined
    }
    return undefined
  }
}

function bind(bindings: Map<string, string | null>, name: string, agent: string): void {
  const known = bindings.get(name)
  bindings.set(name, known === undefined || known === agent ? agent : null)
}

/** What a knowledge version says of credentials and their agents. */
export interface HolderEvidence {
  /** The registry's binding of a credential. */
  boundTo(tenant: string, credential: string): string | undefined
  tierOf(tenant: string, agent: string): Tier
}

/** Whose a credential is by evidence, and what other evidence says. */
export interface KnownHolder {
  /** Absent: nobody knows, or two tokens say two things. */
  readonly holder?: CredentialHolder
  /** Agents whose senders' tokens are bound to the credential, though it is not theirs by what counts. */
  readonly others: readonly string[]
}

/** The one place that says whose a credential is. The registry counts before tokens; `proven` are the agents of such tokens. */
export function credentialHolderOf(
  evidence: HolderEvidence,
  { tenant, credential, proven }: { tenant: string; credential: string; proven: readonly string[] },
): KnownHolder {
  const bound = evidence.boundTo(tenant, credential)
  const agents = [...new Set(proven)]
  const agent = bound ?? (agents.length === 1 ? agents[0] : undefined)
  if (agent === undefined) return { others: agents }
  const basis = bound === undefined ? 'token' : 'registry'
  return {
    holder: { agent, tier: evidence.tierOf(tenant, agent), basis },
    others: agents.filter((other) => other !== agent),
  }
}

/** The finding with the holder of the credential that its event names, and with a reason where that is not its agent. */
export function withCredentialHolder(finding: Finding, event: AgentEvent, evidence: HolderEvidence): Finding {
  if (event.credential === undefined) return finding
  const { tenant, agent } = event
  const proven = provesHolder(event) ? [agent] : []
  const { holder, others } = credentialHolderOf(evidence, { tenant, credential: event.credential.id, proven })
  if (holder === undefined) return finding
  if (holder.agent === agent) return { ...finding, credential_holder: holder }
  const token = others.includes(agent) ? `, though a token of ${agent} is bound to it` : ''
  const reason = `credential of another: the registry gives ${event.credential.id} to ${holder.agent}${token}`
  return { ...finding, credential_holder: holder, reasons: [...finding.reasons, visibleText(reason)] }
}
