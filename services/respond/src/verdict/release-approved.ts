import type { Alert } from '@straylight/schemas/alert'
import type { AlertChange } from '../alert/alert-change.ts'
import { applyChange, type TurnContext } from '../alert/apply-change.ts'
import { approvedCommand } from '../command/revocation-command-of.ts'
import { waitingAlerts } from '../command/waiting-commands.ts'
import { countedCommand, type PlannedCommand } from '../decide/circuit-breakers.ts'
import type { RespondCounts } from '../respond-counts.ts'
import { sentChange, waitingAlert } from './approve-command.ts'

/** Sends approved commands whose breaker has opened, the oldest approval first, and tells of those that lapse meanwhile. */
export function releaseApproved(context: TurnContext, now: number, counts: RespondCounts): void {
  const { memory } = context
  const ahead = new Map<string, { commands: PlannedCommand[]; opensAt: number }>()
  for (const alert of waitingAlerts(memory.alertIndex)) {
    const { command: draft, approval, tenant } = alert
    if (draft === undefined || approval === undefined) continue
    const line = ahead.get(tenant) ?? { commands: [], opensAt: 0 }
    const planned = countedCommand(draft, now)
    const shut = memory.breakers.refusal(planned, approval.agents, line.commands)
    // Not before those ahead of it, which may wait for something else.
    const opensAt = shut === null ? now : Math.max(line.opensAt, memory.breakers.opensAt(planned, approval.agents))
    if (shut !== null) ahead.set(tenant, { commands: [...line.commands, planned], opensAt })
    const change = releaseOf(context, alert, { now, shut, opensAt })
    if (change === null) continue
    if (change.send !== undefined) counts.add('commands_sent')
    applyChange(context, change)
  }
}

/** So much later than was said it opens before it is announced anew. */
const announcedAgainMs = 1_000

function releaseOf(
  { memory }: TurnContext,
  alert: Alert,
  at: { now: number; shut: string | null; opensAt: number },
): AlertChange | null {
  const { command: draft, approval } = alert
  if (draft === undefined || approval === undefined) return null
  const { now, shut } = at
  const sent = memory.sent.get(draft.id)?.command
  if (sent !== undefined) return sentChange(alert, sent, now)
  const deadline = alert.approval_deadline ?? 0
  if (shut !== null) {
    const later = waitingAlert(alert, shut, at.opensAt)
    if ((later.approval_deadline ?? 0) <= deadline + announcedAgainMs) return null
    return { alert: later, at: now, notify: [] }
  }
  if (now > deadline) return lapsed(alert, deadline, now)
  const command = approvedCommand(draft, approval.by, now)
  return { ...sentChange(alert, command, now), send: command }
}

function lapsed(alert: Alert, deadline: number, now: number): AlertChange {
  const { approval, approval_deadline: _deadline, ...rest } = alert
  const limit = `${approval?.by} approved it, there was a free place for it, and respond did not run to send it by ${new Date(deadline).toISOString()}`
  return {
    alert: { ...rest, response: 'alert', command_state: 'expired', response_limited_by: limit },
    at: now,
    notify: ['agent.command.failed'],
  }
}
