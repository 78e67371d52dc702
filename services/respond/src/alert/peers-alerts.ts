import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { acceptsEvidence } from './accepts-evidence.ts'
import { acceptsPeers, roleChangeKey, roleChangeKeyOf } from './role-change.ts'

/** Which alert is about several agents of a role, or would be with one more. No larger than the alerts and their lists of agents. */
export interface PeersAlerts {
  put(alert: Alert): void
  drop(alert: Alert): void
  /** The alert to which this evidence belongs because a peer has begun the same. */
  of(finding: Finding): Alert | undefined
}

export function createPeersAlerts(get: (id: string) => Alert | undefined): PeersAlerts {
  /** The alert that another peer may join, by what was begun. */
  const ofChange = new Map<string, string>()
  /** The alert that an agent has joined, by the agent and what it began. */
  const ofMember = new Map<string, string>()
  const changes = new Map<string, string>()
  const listed = new Map<string, number>()

  return {
    put: (alert) => {
      const key = changes.get(alert.id) ?? roleChangeKeyOf(alert)
      if (key === undefined) return
      changes.set(alert.id, key)
      const known = get(ofChange.get(key) ?? '')
      if (known === undefined || !acceptsPeers(known, alert.opened_at)) ofChange.set(key, alert.id)
      const agents = alert.role_change?.agents ?? []
      for (const { agent } of agents.slice(listed.get(alert.id) ?? 0)) ofMember.set(memberKey(alert, agent), alert.id)
      if (agents.length > 0) listed.set(alert.id, agents.length)
    },
    drop: (alert) => {
      const { id } = alert
      const key = changes.get(id) ?? ''
      if (ofChange.get(key) === id) ofChange.delete(key)
      for (const { agent } of alert.role_change?.agents ?? []) {
        const member = memberKey(alert, agent)
        if (ofMember.get(member) === id) ofMember.delete(member)
      }
      changes.delete(id)
      listed.delete(id)
    },
    of: (finding) => {
      const key = roleChangeKey(finding)
      if (key === undefined) return undefined
      const joined = get(ofMember.get(memberKey(finding, finding.agent)) ?? '')
      if (joined !== undefined && acceptsEvidence(joined, finding.log_time)) return joined
      const alert = get(ofChange.get(key) ?? '')
      return alert !== undefined && acceptsPeers(alert, finding.log_time) ? alert : undefined
    },
  }
}

const memberKey = ({ tenant, cause, target }: Pick<Alert, 'tenant' | 'cause' | 'target'>, agent: string): string =>
  JSON.stringify([tenant, agent, cause, target])
