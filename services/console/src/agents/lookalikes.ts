import type { ConsoleGround } from '../console-ground.ts'
import type { AgentRow } from '../contract/agent-row.ts'

/** Agents that nobody registered, under names that people take for a registered one's, whether they came live or by history. */
export function lookalikesOf(
  { held, registry }: Pick<ConsoleGround, 'held' | 'registry'>,
  tenant: string,
  rows: readonly AgentRow[],
): Promise<{ agent: AgentRow; looks_like: string }[]> {
  return held(`lookalikes ${tenant}`, async () => {
    const found: { agent: AgentRow; looks_like: string }[] = []
    for (const agent of rows) {
      const looks_like = agent.registered ? undefined : registry.lookalikeOf(agent.tenant, agent.agent)
      if (looks_like !== undefined) found.push({ agent, looks_like })
    }
    return found
  })
}
