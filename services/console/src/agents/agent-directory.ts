import type { Agent } from '@straylight/schemas/agent'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { Severity } from '@straylight/schemas/finding'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Policy } from '@straylight/schemas/policy'
import type { AgentRow, AgentState } from '../contract/agent-row.ts'
import type { KnowledgeView } from '../knowledge-view.ts'
import type { Ask } from '../questions/ask.ts'
import type { HeldAnswers } from '../questions/held-answers.ts'
import { type AgentStanding, createAgentStandings, noStanding } from './agent-standings.ts'
import type { RegistryView } from './registry-view.ts'
import { revokedCredentials } from './revoked-credentials.ts'

/** Every agent that is registered or was seen, as it now stands; of one tenant or ('') of all. */
export type AgentDirectory = (tenant: string) => Promise<readonly AgentRow[]>

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
  const standings = createAgentStandings(parts.ask, parts.now)
  const all = () =>
    parts.held('directory', async () => {
      const found = await standings()
      return directoryOf(parts, found, { knowledge: await parts.knowledge(), holds: await holdsOf(parts) })
    })
  return async (tenant) => {
    const rows = await all()
    return tenant === '' ? rows : rows.filter((row) => row.tenant === tenant)
  }
}

function directoryOf(
  { registry, policy, now }: DirectoryParts,
  standings: ReadonlyMap<string, AgentStanding>,
  known: Pick<At, 'knowledge' | 'holds'>,
): readonly AgentRow[] {
  const at = { policy, ...known, now: now() }
  const rows = [...standings.values()].flatMap((standing) => {
    const entry = registry.agent(standing)
    return entry === undefined && standing.last_seen === null ? [] : [rowOf(standing, entry, at)]
  })
  for (const entry of registry.agents) {
    const { tenant, agent } = entry
    if (!standings.has(partitionKeyOf(tenant, agent))) rows.push(rowOf({ tenant, agent, ...noStanding }, entry, at))
  }
  return rows
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

interface At {
  readonly policy: DirectoryParts['policy']
  readonly knowledge: KnowledgeView | null
  /** Until when agents get no new credential, by `tenant|agent`. */
  readonly holds: ReadonlyMap<string, number>
  readonly now: number
}

function rowOf(standing: AgentStanding, entry: Agent | undefined, at: At): AgentRow {
  const { tenant, agent, events, first_seen, last_seen, risk, open_alerts, worst } = standing
  return {
    ...{ tenant, agent, registered: entry !== undefined, owner: entry?.owner ?? null, tier: entry?.tier ?? null },
    ...{ role: entry?.role ?? null, state: stateOf(standing, at), risk, open_alerts },
    worst_severity: Severity.options[worst - 1] ?? null,
    ...{ events, first_seen, last_seen },
  }
}

function stateOf(standing: AgentStanding, { policy, knowledge, holds, now }: At): AgentState {
  const { tenant, agent, events, first_seen, last_seen, silent_at } = standing
  if ((holds.get(partitionKeyOf(tenant, agent)) ?? 0) > now) return 'held'
  if (last_seen === null || first_seen === null) return 'never_seen'
  if (silent_at > last_seen) return 'silent'
  const history = knowledge?.tenants.find((known) => known.tenant === tenant)
  const tenantLearns = history?.vetted === false && now < history.since + (knowledge?.learning_days ?? 0) * dayMs
  const { history_required } = policy
  const isYoung = events < history_required.events || last_seen - first_seen < history_required.days * dayMs
  return tenantLearns || isYoung ? 'learning' : 'watched'
}
