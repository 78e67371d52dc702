import { RegisteredNames } from '@straylight/score/watchers/registered-names'
import type { ConsoleGround } from '../console-ground.ts'
import type { AgentRow } from '../contract/agent-row.ts'

/** Agents that nobody registered, under names that people take for a registered one's, whether they came live or by history. */
export function lookalikesOf(
  { held, registry }: Pick<ConsoleGround, 'held' | 'registry'>,
  tenant: string,
  rows: readonly AgentRow[],
): Promise<{ agent: AgentRow; looks_like: string }[]> {
  return held(`lookalikes ${tenant}`, async () => {
    const names = new RegisteredNames(registry.agents)
    return rows.flatMap((agent) => {
      const known = agent.registered ? undefined : names.lookalikeOf(agent.tenant, agent.agent)
      return known === undefined ? [] : [{ agent, looks_like: known.agent }]
    })
  })
}
