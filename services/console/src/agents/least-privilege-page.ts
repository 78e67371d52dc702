import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { z } from 'zod'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import type { LeastPrivilegePage, LeastPrivilegeQuery } from '../contract/agent-detail.ts'
import { leastPrivilege } from './least-privilege.ts'
import { usedStepsOf } from './used-steps.ts'

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
  const steps = await usedStepsOf(ground.ask, shown)
  const agents: LeastPrivilegePage['agents'] = shown.map((agent) => {
    const used = steps.get(partitionKeyOf(agent.tenant, agent.agent)) ?? []
    return { agent, least_privilege: leastPrivilege(ground.registry.agent(agent), used, { scopes: [] }) }
  })
  const unused = ({ least_privilege: { unused_systems, unused_actions } }: (typeof agents)[number]) =>
    unused_systems.length + unused_actions.length
  return {
    as_of: ground.now(),
    agents: agents.toSorted((one, other) => unused(other) - unused(one)),
    more: rows.length > shown.length,
  }
}
