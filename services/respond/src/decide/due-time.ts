import type { Alert } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { reopenWithinMs } from '../alert/accepts-evidence.ts'
import type { AlertChange } from '../alert/alert-change.ts'
import { applyChange, send, type TurnContext } from '../alert/apply-change.ts'
import type { RespondCounts } from '../respond-counts.ts'
import { applyTime } from './apply-time.ts'

/** What is due by time: commands that a crash kept from the topic, deadlines, quiet alerts, and old ones to forget. */
export function applyDueTime(context: TurnContext, now: number, counts: RespondCounts): void {
  sendUnsent(context, counts)
  const { memory, policy } = context
  // Made once: a function for each of thousands of alerts took half of the time of a policy's trial.
  const clock = { now, sentAt: (id: string) => memory.sent.get(id)?.sentAt ?? 0 }
  for (const alert of [...memory.alertIndex.values()]) {
    const change = applyTime(alert, policy, clock)
    if (change !== null) {
      if (change.alert.state === 'closed' && alert.state !== 'closed') counts.add('alerts_closed')
      applyChange(context, change)
    } else if (isForgotten(alert, now)) memory.alertIndex.drop(alert.id)
  }
}

/** The same id and body again while it is valid; past its expiry it is an alert, and no command. */
export function sendUnsent(context: TurnContext, counts: RespondCounts): void {
  const { memory } = context
  const { unsent } = memory
  memory.unsent = []
  for (const command of unsent) {
    if (Date.parse(command.not_after) > context.now()) {
      counts.add('commands_sent_again')
      send(context, command)
      continue
    }
    const alert = memory.alertIndex.get(command.evidence.alert_id)
    if (alert !== undefined && command.action === 'restore') {
      counts.add('commands_expired')
      applyChange(context, expiredRestore(alert, command, context.now()))
      continue
    }
    if (alert?.command?.id !== command.id || alert.command_state !== 'sent') continue
    counts.add('commands_expired')
    const limit = `respond died before the command was sent, and it expired at ${command.not_after}`
    applyChange(context, {
      alert: { ...alert, command_state: 'expired', response: 'alert', response_limited_by: limit },
      at: context.now(),
      notify: ['agent.command.failed'],
    })
  }
}

function expiredRestore(alert: Alert, { id, not_after }: RevocationCommand, at: number): AlertChange {
  const result = `respond died before it was sent, and it expired at ${not_after}`
  const restores = (alert.restores ?? []).map((one) =>
    one.command.id === id && one.state === 'sent' ? { ...one, state: 'expired' as const, result } : one,
  )
  return { alert: { ...alert, restores }, at, notify: ['agent.command.failed'] }
}

/** Past the time in which new evidence would reopen it, and with nothing left to deliver. */
function isForgotten(
  alert: { state: string; closed_at?: number | undefined; deliveries: readonly { state: string }[] },
  now: number,
): boolean {
  return (
    alert.state === 'closed' &&
    now - (alert.closed_at ?? now) > reopenWithinMs &&
    alert.deliveries.every((delivery) => delivery.state !== 'due')
  )
}
