import { type KnowledgeAhead, lookAhead } from '@straylight/events/knowledge-ahead'
import { readKnowledge } from '@straylight/events/knowledge-log'
import type { Log } from '@straylight/runtime/log/log'
import type { Knowledge } from '@straylight/schemas/knowledge'

/** Knowledge versions whose counts are kept: findings name the current one, late ones the one before. */
const versionsMax = 8

/** How many agents a tenant has: what the breakers' share is a share of. */
export interface PopulationIndex {
  /** As this knowledge version knows it; 0 when the version is not in the log (any more). */
  of(tenant: string, version: number): Promise<number>
  /** The newest version, before a finding names it. */
  readonly ahead: KnowledgeAhead
}

/** Reads a version from `agent.knowledge.v1` when it is first asked for, so that the same finding always counts the same agents. */
export function createAgentPopulation(log: Log): PopulationIndex {
  const byVersion = new Map<number, ReadonlyMap<string, number>>()
  const keep = (version: number, counts: ReadonlyMap<string, number>) => {
    byVersion.set(version, counts)
    if (byVersion.size > versionsMax) byVersion.delete(Math.min(...byVersion.keys()))
    return counts
  }
  const ahead = lookAhead(log, (knowledge) => keep(knowledge.version, countAgents(knowledge)))
  return {
    ahead,
    of: async (tenant, version) => {
      if (!byVersion.has(version)) await ahead.settled()
      const counts =
        byVersion.get(version) ?? keep(version, countAgents((await readKnowledge(log, version))?.knowledge))
      return counts.get(tenant) ?? 0
    },
  }
}

/**
 * Agents that count: registered ones, and those with the history that the policy asks for. In versions that do not tell it, those
 * that were learnt from or that the registry names: the larger number, since neither holds all of the other.
 */
function countAgents(knowledge: Knowledge | undefined): ReadonlyMap<string, number> {
  if (knowledge?.population !== undefined)
    return new Map(knowledge.population.map(({ tenant, agents }) => [tenant, agents]))
  const counts = new Map<string, number>()
  for (const { tenant } of knowledge?.registry ?? []) counts.set(tenant, (counts.get(tenant) ?? 0) + 1)
  for (const { tenant, group, agents } of knowledge?.levels ?? []) {
    if (group === '*') counts.set(tenant, Math.max(counts.get(tenant) ?? 0, agents))
  }
  return counts
}
