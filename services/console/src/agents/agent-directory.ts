import { dayMs, hourMs } from '@straylight/schemas/duration'
import { type AgentName, partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Policy } from '@straylight/schemas/policy'
import type { AgentRow } from '../contract/agent-row.ts'
import type { KnowledgeView } from '../knowledge-view.ts'
import type { Ask } from '../questions/ask.ts'
import type { HeldAnswers } from '../questions/held-answers.ts'
import { createAgentRows } from './agent-rows.ts'
import { createAgentStandings } from './agent-standings.ts'
import type { RegistryView } from './registry-view.ts'
import { revokedCredentials } from './revoked-credentials.ts'

/** Every agent that is registered or was seen, as it now stands; of one tenant or ('') of all. */
export interface AgentDirectory {
  (tenant: string): Promise<readonly AgentRow[]>
  readonly row: (of: AgentName) => Promise<AgentRow | undefined>
  /** Those of these rows that are registered and have no boundary. */
  readonly unbounded: (rows: readonly AgentRow[]) => Promise<AgentRow[]>
}

export interface DirectoryParts {
  readonly ask: Ask
  readonly held: HeldAnswers
  readonly registry: RegistryView
  readonly policy: Pick<Policy, 'history_required' | 'revocation'>
  readonly knowledge: () => Promise<KnowledgeView | null>
  readonly now: () => number
}

/** Brought up to date when asked, and held for a moment. */
export function createAgentDirectory(parts: DirectoryParts): AgentDirectory {
  const standings = createAgentStandings(parts.ask, parts.now, parts.registry)
  const rows = createAgentRows(parts)
  const all = () =>
    parts.held('directory', async () => {
      const circumstances = {
        holds: await holdsOf(parts),
        learning: learningTenants(await parts.knowledge(), parts.now()),
      }
      // The last to be asked: what it says changed is said once.
      return rows(await standings(), circumstances)
    })
  const ofTenant = async (tenant: string): Promise<readonly AgentRow[]> => {
    const found = await all()
    return (tenant === '' ? found.all : found.ofTenants.get(tenant)) ?? []
  }
  const row = async ({ tenant, agent }: AgentName) => (await all()).byKey.get(partitionKeyOf(tenant, agent))
  const unbounded = async (rows: readonly AgentRow[]) => rows.filter((await all()).isUnbounded)
  return Object.assign(ofTenant, { row, unbounded })
}

/** Until when each agent gets no new credential, since one of its own was revoked: whoever used it. */
async function holdsOf({ ask, policy, now }: DirectoryParts): Promise<Map<string, number>> {
  const since = now() - policy.revocation.deny_reissue_seconds * 1000 - hourMs
  const { credentials } = await revokedCredentials(ask, { tenant: '', since, now: now() })
  const holds = new Map<string, number>()
  for (const { tenant, holder, state, hold_until } of credentials) {
    const key = partitionKeyOf(tenant, holder)
    if (state !== 'restored') holds.set(key, Math.max(holds.get(key) ?? 0, hold_until))
  }
  return holds
}

/** Tenants whose usual is still learnt. */
function learningTenants(knowledge: KnowledgeView | null, now: number): ReadonlySet<string> {
  const { tenants = [], learning_days = 0 } = knowledge ?? {}
  const learns = tenants.filter(({ vetted, since }) => vetted === false && now < since + learning_days * dayMs)
  return new Set(learns.map(({ tenant }) => tenant))
}
