import type { Alert } from '@straylight/schemas/alert'
import type { AlertIndex } from '../alert/alert-index.ts'
import { countedCommand, type PlannedCommand } from '../decide/circuit-breakers.ts'

/** Alerts whose approved command a breaker holds, the oldest approval first. */
export function waitingAlerts(alertIndex: AlertIndex): Alert[] {
  const waiting = [...alertIndex.values()].filter(({ command_state }) => command_state === 'approved')
  const approvedAt = ({ approval }: Alert): number => approval?.at ?? 0
  return waiting.sort((one, other) => approvedAt(one) - approvedAt(other) || (one.id < other.id ? -1 : 1))
}

/** What these would hit if they were sent at `at`: a tenant's next free places are theirs. */
export function waitingCommands(alertIndex: AlertIndex, tenant: string, at: number): PlannedCommand[] {
  return waitingAlerts(alertIndex).flatMap(({ command, tenant: of }) =>
    command === undefined || of !== tenant ? [] : [countedCommand(command, at)],
  )
}
