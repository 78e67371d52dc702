import type { z } from 'zod'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import type { LeastPrivilegePage, LeastPrivilegeQuery } from '../contract/agent-detail.ts'
import { usedSteps } from './agent-questions.ts'
import { leastPrivilege } from './least-privilege.ts'

/** What registered agents are granted and do not use, those with an unused grant first, then by name. */
export async function leastPrivilegePage(
  ground: ConsoleGround,
  asker: Asker,
  query: z.output<typeof LeastPrivilegeQuery>,
): Promise<LeastPrivilegePage> {
  const tenant = tenantFor(asker, query.tenant)
  const rows = (await ground.directory(tenant)).filter(
    ({ registered, owner }) => registered && (query.owner === undefined || owner === query.owner),
  )
  const shown = rows.slice(0, query.limit)
  const agents: LeastPrivilegePage['agents'] = []
  for (const agent of shown) {
    const steps = await ground.ask(usedSteps, { tenant: agent.tenant, agent: agent.agent })
    agents.push({ agent, least_privilege: leastPrivilege(ground.registry.agent(agent), steps, { scopes: [] }) })
  }
  const unused = ({ least_privilege: { unused_systems, unused_actions } }: (typeof agents)[number]) =>
    unused_systems.length + unused_actions.length
  return {
    as_of: ground.now(),
    agents: agents.toSorted((one, other) => unused(other) - unused(one)),
    more: rows.length > shown.length,
  }
}
