import { aliasLine } from '@straylight/schemas/alias-line'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { AgentRow } from '../contract/agent-row.ts'
import type { KnowledgeView } from '../knowledge-view.ts'

export interface SeenRename {
  readonly agent: AgentRow
  readonly looks_like: string
  /** How much alike they are, in words. */
  readonly alike: string
  /** The registry entry that makes them one; null where the old name is alive. */
  readonly write: string | null
}

/** Which of these agents look like another under a new name, as the latest knowledge version says; none that the registry knows by now. */
export function renamesAmong(knowledge: KnowledgeView | null, rows: readonly AgentRow[]): SeenRename[] {
  const known = knowledge?.renames ?? []
  if (known.length === 0) return []
  const found = new Map(known.map((of) => [partitionKeyOf(of.tenant, of.agent), of]))
  const seen: SeenRename[] = []
  for (const agent of rows) {
    const renamed = agent.registered ? undefined : found.get(partitionKeyOf(agent.tenant, agent.agent))
    if (renamed === undefined) continue
    const { from, likeness, heard_again } = renamed
    const alike = `${Math.round(100 * likeness.steps)} % of steps${likeness.credential === undefined ? '' : ', and the same credential'}`
    seen.push({ agent, looks_like: from, alike, write: heard_again === undefined ? aliasLine(renamed) : null })
  }
  return seen
}
