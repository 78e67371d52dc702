import { readKnowledge } from '@straylight/runtime/knowledge-log'
import type { Log } from '@straylight/runtime/log'

/** Knowledge versions whose counts are kept: findings name the current one, late ones the one before. */
const versionsMax = 8

/** How many agents a tenant has: what the breakers' share is a share of. */
export interface AgentPopulation {
  /** As this knowledge version knows it; 0 when the version is not in the log (any more). */
  of(tenant: string, version: number): Promise<number>
}

/** Reads a version from `agent.knowledge.v1` when it is first asked for, so that the same finding always counts the same agents. */
export function createAgentPopulation(log: Log): AgentPopulation {
  const byVersion = new Map<number, ReadonlyMap<string, number>>()
  return {
    of: async (tenant, version) => {
      const counts = byVersion.get(version) ?? (await countAgents(log, version))
      byVersion.set(version, counts)
      if (byVersion.size > versionsMax) byVersion.delete(Math.min(...byVersion.keys()))
      return counts.get(tenant) ?? 0
    },
  }
}

/** Agents that were learnt from, or that the registry names: the larger number, since neither holds all of the other. */
async function countAgents(log: Log, version: number): Promise<ReadonlyMap<string, number>> {
  const knowledge = (await readKnowledge(log, version))?.knowledge
  const counts = new Map<string, number>()
  for (const { tenant } of knowledge?.registry ?? []) counts.set(tenant, (counts.get(tenant) ?? 0) + 1)
  for (const { tenant, group, agents } of knowledge?.levels ?? []) {
    if (group === '*') counts.set(tenant, Math.max(counts.get(tenant) ?? 0, agents))
  }
  return counts
}
