import type { Alert } from '@straylight/schemas/alert'
import { minuteMs } from '@straylight/schemas/duration'
import { Severity } from '@straylight/schemas/finding'
import type { RespondMemory } from '../journal/recover-memory.ts'
import type { RespondMetrics } from '../respond-metrics.ts'
import type { RespondOptions } from '../respond-options.ts'
import { type WebhookBacklog, waitedMs } from './webhook-backlog.ts'

/** How often it is said that alerts had to make room. */
const sayEveryMs = minuteMs

/** What people have not been informed of: what waits at webhooks, what was withheld, what had to make room. */
export interface Unreported {
  readonly backlogs: readonly WebhookBacklog[]
  /** Null: another instance is the active one. */
  readonly memory: RespondMemory | null
  readonly now: number
}

/** Tells it to whoever operates the program: as metrics at once, in the log once an hour for each agent, and at most once a minute. */
export function createDeliveryTeller({ metrics, logger }: RespondOptions): (unreported: Unreported) => void {
  let saidAt = Number.NEGATIVE_INFINITY
  let madeRoom = 0
  return ({ backlogs, memory, now }) => {
    for (const backlog of backlogs) {
      const { webhook, undelivered } = backlog
      metrics?.webhookOldestUndelivered.set({ webhook }, waitedMs(backlog, now) / 1000)
      metrics?.webhookUndelivered.set({ webhook }, undelivered)
    }
    if (metrics !== undefined) showOpenAlerts(metrics, memory?.alertIndex.values() ?? [])
    if (memory === null) return
    const { messages, begun } = memory.budget.drainWithheld()
    metrics?.notificationsWithheld.inc(messages)
    for (const agent of begun)
      logger?.warn(
        agent,
        'for the rest of the hour people hear only of what is new or graver; all is in agent.alerts.v1',
      )
    metrics?.alertsMadeRoom.inc(memory.madeRoom)
    madeRoom += memory.madeRoom
    memory.madeRoom = 0
    if (madeRoom === 0 || Math.abs(now - saidAt) < sayEveryMs) return
    logger?.warn({ alerts: madeRoom }, 'alerts were closed to make room for others: too many are open')
    saidAt = now
    madeRoom = 0
  }
}

/** Every severity has its number, also while it is none: a gap in a chart would say that nobody knows. */
function showOpenAlerts({ openAlerts }: RespondMetrics, alerts: Iterable<Alert>): void {
  const counts = new Map<string, number>()
  for (const { severity, state } of alerts) {
    const kind = `${severity}|${state}`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  for (const severity of Severity.options) {
    for (const state of ['open', 'awaiting_approval'] as const) {
      openAlerts.set({ severity, state }, counts.get(`${severity}|${state}`) ?? 0)
    }
  }
}
