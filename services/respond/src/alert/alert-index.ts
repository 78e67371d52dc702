import type { Alert } from '@straylight/schemas/alert'
import type { Cause, Finding } from '@straylight/schemas/finding'
import { createPeersAlerts } from './peers-alerts.ts'
import { createRenamedAlerts } from './renamed-alerts.ts'

/** Alerts in memory; `surplusOf` says which make room. An alert is some 10 kB, at most 800. */
export const alertsMax = 5_000
/** Open alerts of one agent; what comes beyond goes to one for each cause, of target `manyTargets`. */
export const openAlertsPerAgentMax = 20
/** The target of an alert that stands for all further targets of its cause. */
export const manyTargets = 'many targets'

/** What makes evidence one alert. */
export interface AlertGroup {
  readonly tenant: string
  readonly agent: string
  readonly cause: Cause
  readonly target: string
}

/** The alerts that respond knows, by id and by group. Holds values and never changes one. */
export interface AlertIndex {
  readonly size: number
  get(id: string): Alert | undefined
  put(alert: Alert): void
  drop(id: string): void
  values(): Iterable<Alert>
  /** Those of `values` that wait for a breaker, or for a decision that was postponed: few, and asked for at every finding that may revoke. */
  waiting(): Iterable<Alert>
  /** The latest alert of a group, open or closed. */
  latest(group: AlertGroup): Alert | undefined
  openCount(agent: { tenant: string; agent: string }): number
  /** The alert to which this evidence belongs because a peer has begun the same. */
  ofPeers(finding: Finding): Alert | undefined
  /** The alert about an agent's new name that says this already. */
  ofRename(finding: Finding): Alert | undefined
}

export function createAlertIndex(): AlertIndex {
  const alerts = new Map<string, Alert>()
  const waiting = new Map<string, Alert>()
  const latestOfGroup = new Map<string, string>()
  const peers = createPeersAlerts((id) => alerts.get(id))
  const renames = createRenamedAlerts((id) => alerts.get(id))
  const openOfAgent = new Map<string, number>()

  const countOpen = (alert: Alert | undefined, step: 1 | -1): void => {
    if (alert === undefined || alert.state === 'closed') return
    const key = agentKey(alert)
    const count = (openOfAgent.get(key) ?? 0) + step
    if (count > 0) openOfAgent.set(key, count)
    else openOfAgent.delete(key)
  }
  const isLatest = (alert: Alert): boolean => {
    const latest = alerts.get(latestOfGroup.get(groupKey(alert)) ?? '')
    return latest === undefined || alert.opened_at >= latest.opened_at
  }
  const drop = (id: string): void => {
    const alert = alerts.get(id)
    if (alert === undefined) return
    countOpen(alert, -1)
    alerts.delete(id)
    waiting.delete(id)
    if (latestOfGroup.get(groupKey(alert)) === id) latestOfGroup.delete(groupKey(alert))
    peers.drop(alert)
    renames.drop(alert)
  }
  return {
    get size() {
      return alerts.size
    },
    get: (id) => alerts.get(id),
    put: (alert) => {
      countOpen(alerts.get(alert.id), -1)
      countOpen(alert, 1)
      // Back of the line: the first entries are then the ones unchanged for longest.
      alerts.delete(alert.id)
      alerts.set(alert.id, alert)
      waiting.delete(alert.id)
      if (waits(alert)) waiting.set(alert.id, alert)
      if (isLatest(alert)) latestOfGroup.set(groupKey(alert), alert.id)
      peers.put(alert)
      renames.put(alert)
    },
    drop,
    values: () => alerts.values(),
    waiting: () => waiting.values(),
    latest: (group) => alerts.get(latestOfGroup.get(groupKey(group)) ?? ''),
    openCount: (agent) => openOfAgent.get(agentKey(agent)) ?? 0,
    ofPeers: peers.of,
    ofRename: renames.of,
  }
}

const waits = ({ command_state, limited_by_code, postponed }: Alert): boolean =>
  command_state === 'approved' || limited_by_code === 'breaker' || postponed !== undefined

/**
 * The group that a finding's evidence goes to. An agent with too many open alerts gets one more for each cause: so a new cause
 * is always an alert of its own, and small things of other causes never hide it.
 */
export function alertGroupOf(alertIndex: AlertIndex, finding: Finding): AlertGroup {
  const { tenant, agent, cause, target } = finding
  const own = { tenant, agent, cause, target }
  const latest = alertIndex.latest(own)
  if (latest !== undefined && latest.state !== 'closed') return own
  if (alertIndex.openCount(finding) < openAlertsPerAgentMax) return own
  return { ...own, target: manyTargets }
}

const agentKey = (of: { tenant: string; agent: string }): string => JSON.stringify([of.tenant, of.agent])
const groupKey = (of: AlertGroup): string => JSON.stringify([of.tenant, of.agent, of.cause, of.target])
