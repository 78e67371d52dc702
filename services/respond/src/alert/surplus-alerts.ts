import type { Alert } from '@straylight/schemas/alert'
import { severityRank } from '../decide/severity.ts'
import { type AlertIndex, alertsMax } from './alert-index.ts'

/** Alerts that make room at once: to look for them costs as much as fifty findings, and a flood of made-up agents asks for it each time. */
export const roomMade = 50

/** What must leave the alertIndex so that it is within its bound. */
export interface Surplus {
  /** Closed alerts with nothing left to deliver: forgotten, the ones at rest for longest first. */
  readonly drop: Alert[]
  /** Others, to close and forget: what they had to deliver is given up. */
  readonly close: Alert[]
}

/**
 * When closed alerts are not enough, those of a tenant with more than its share go first, then those of agents that nobody
 * knows, then the least severe, then the ones at rest for longest. One that waits for an approval, a breaker, a broker or a well detector never goes.
 */
export function surplusOf(
  alertIndex: AlertIndex,
  max = alertsMax,
  isKnown: (alert: Alert) => boolean = () => true,
): Surplus {
  let surplus = alertIndex.size - max
  const drop: Alert[] = []
  if (surplus <= 0) return { drop, close: [] }
  for (const alert of alertIndex.values()) {
    if (surplus === 0) break
    if (alert.state !== 'closed' || alert.deliveries.some(({ state }) => state === 'due')) continue
    drop.push(alert)
    surplus--
  }
  return { drop, close: surplus === 0 ? [] : leastMissed(alertIndex, surplus, isKnown) }
}

function leastMissed(alertIndex: AlertIndex, count: number, isKnown: (alert: Alert) => boolean): Alert[] {
  const ofTenant = new Map<string, number>()
  for (const { tenant } of alertIndex.values()) ofTenant.set(tenant, (ofTenant.get(tenant) ?? 0) + 1)
  const share = alertIndex.size / ofTenant.size
  const candidates = [...alertIndex.values()].flatMap((alert) => {
    const waits = alert.state === 'awaiting_approval' || alert.command_state === 'approved'
    if (waits || alert.command_state === 'sent' || alert.postponed !== undefined) return []
    const within = (ofTenant.get(alert.tenant) ?? 0) <= share ? 1 : 0
    const missed = within * 100 + (isKnown(alert) ? 10 : 0) + severityRank(alert.severity)
    return [{ alert, missed }]
  })
  // The sort keeps the order of what is alike: the alertIndex's, the one that was changed longest ago first.
  return candidates
    .sort((one, other) => one.missed - other.missed)
    .slice(0, count)
    .map(({ alert }) => alert)
}
