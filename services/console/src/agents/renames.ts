import { aliasLine } from '@straylight/schemas/alias-line'
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
  const found = new Map(knowledge?.renames.map((of) => [JSON.stringify([of.tenant, of.agent]), of]))
  return rows.flatMap((agent) => {
    const renamed = found.get(JSON.stringify([agent.tenant, agent.agent]))
    if (renamed === undefined || agent.registered) return []
    const { from, likeness, heard_again } = renamed
    const alike = `${Math.round(100 * likeness.steps)} % of steps${likeness.credential === undefined ? '' : ', and the same credential'}`
    return [{ agent, looks_like: from, alike, write: heard_again === undefined ? aliasLine(renamed) : null }]
  })
}
