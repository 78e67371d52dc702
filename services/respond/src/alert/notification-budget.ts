import type { Alert } from '@straylight/schemas/alert'
import { hourMs } from '@straylight/schemas/duration'
import { severityRank } from '../decide/severity.ts'

/** Messages an hour about one known agent, beyond those that always go. */
export const perAgentMax = 20
/** The same for all agents of a tenant together that nobody knows: their number is whatever a sender makes up. */
export const perUnknownMax = 100
/** Agents whose last hour is remembered; those whose alerts were announced longest ago make room. */
const agentsMax = 10_000

/** Agents named at one look. */
const begunMax = 100

/** A message about an alert that is new, worse or open again. */
export interface Announcement {
  readonly alert: Pick<Alert, 'tenant' | 'agent' | 'cause' | 'severity'>
  readonly isKnown: boolean
  /** The alert is graver than it was. */
  readonly rises: boolean
  /** Wall clock: it is people's hour, whenever the evidence came. */
  readonly at: number
}

/** What was held back since the last look. */
export interface Withheld {
  readonly messages: number
  /** Whose hour has just begun to be cut; `agent` null: agents that nobody knows. */
  readonly begun: readonly { readonly tenant: string; readonly agent: string | null }[]
}

/**
 * Keeps one agent from paging people thousands of times. The first of a cause at a severity within an hour always goes, and so
 * does a known agent's alert that becomes graver; the rest within a number an hour. In memory only: a restart begins anew.
 */
export interface NotificationBudget {
  allows(announcement: Announcement): boolean
  drainWithheld(): Withheld
}

interface Hour {
  began: number
  reported: number
  /** The highest severity reported, by cause. */
  readonly causes: Map<string, number>
}

export function createNotificationBudget(): NotificationBudget {
  const hours = new Map<string, Hour>()
  let withheld: { messages: number; begun: { tenant: string; agent: string | null }[] } = { messages: 0, begun: [] }
  const hourOf = (key: string, at: number): Hour => {
    const known = hours.get(key)
    const hour =
      known === undefined || Math.abs(at - known.began) >= hourMs
        ? { began: at, reported: 0, causes: new Map() }
        : known
    hours.delete(key)
    hours.set(key, hour)
    const oldest = hours.keys().next().value
    if (hours.size > agentsMax && oldest !== undefined) hours.delete(oldest)
    return hour
  }
  return {
    allows: ({ alert, isKnown, rises, at }) => {
      const agent = isKnown ? alert.agent : null
      const key = JSON.stringify([alert.tenant, agent])
      const hour = hourOf(key, at)
      const rank = severityRank(alert.severity)
      const first = rank > (hour.causes.get(alert.cause) ?? -1)
      if (first) hour.causes.set(alert.cause, rank)
      if (first || (rises && isKnown)) return true
      hour.reported++
      const max = isKnown ? perAgentMax : perUnknownMax
      if (hour.reported <= max) return true
      withheld.messages++
      if (hour.reported === max + 1 && withheld.begun.length < begunMax)
        withheld.begun.push({ tenant: alert.tenant, agent })
      return false
    },
    drainWithheld: () => {
      const taken = withheld
      withheld = { messages: 0, begun: [] }
      return taken
    },
  }
}
