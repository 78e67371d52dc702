import type { ReferenceBroker } from '@straylight/demo/broker/reference-broker'
import { credentialAt } from '@straylight/demo/fleet/credential-at'
import type { Fleet } from '@straylight/demo/fleet/fleet'

/** Lets the broker know every credential that these agents hold in that time. */
export function issueCredentials(
  broker: ReferenceBroker,
  agents: Fleet['agents'],
  fleet: Fleet,
  { from, until }: { from: number; until: number },
): void {
  for (const agent of agents) {
    for (let time = from; time < until; ) {
      const { id, issued_at, expires_at } = credentialAt(fleet, agent, time)
      broker.registry.issue({ tenant: fleet.tenant, agent: agent.agent, id, issued_at, expires_at }, issued_at)
      time = expires_at
    }
  }
}
