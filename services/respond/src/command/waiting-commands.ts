import type { Alert } from '@straylight/schemas/alert'
import type { AlertIndex } from '../alert/alert-index.ts'
import { countedCommand, type PlannedCommand } from '../decide/circuit-breakers.ts'
import { plannedCommand } from './planned-command.ts'

/** Alerts whose approved command a breaker holds, the oldest approval first. */
export function waitingAlerts(alertIndex: AlertIndex): Alert[] {
  const waiting = [...alertIndex.waiting()].filter(({ command_state }) => command_state === 'approved')
  const approvedAt = ({ approval }: Alert): number => approval?.at ?? 0
  return waiting.sort((one, other) => approvedAt(one) - approvedAt(other) || (one.id < other.id ? -1 : 1))
}

/** What these would hit if they were sent at `at`: a tenant's next free places are theirs. */
export function waitingCommands(alertIndex: AlertIndex, tenant: string, at: number): PlannedCommand[] {
  return waitingAlerts(alertIndex).flatMap(({ command, tenant: of }) =>
    command === undefined || of !== tenant ? [] : [countedCommand(command, at)],
  )
}

/**
 * What a breaker has stopped since this log time, and nothing has answered yet, of a tenant: reported by the alerts themselves, so a restart
 * knows it as well.
 */
export function stoppedCommands(alertIndex: AlertIndex, tenant: string, since: number): PlannedCommand[] {
  return [...alertIndex.waiting()].flatMap((alert) => {
    const last = alert.findings.at(-1)
    const stopped = alert.limited_by_code === 'breaker' && alert.state !== 'closed' && alert.evidence_at > since
    return stopped && alert.tenant === tenant && last !== undefined ? [plannedCommand(last, alert.evidence_at)] : []
  })
}
