import type { Alert } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { RevocationResult } from '@straylight/schemas/revocation-result'
import type { AlertChange } from '../alert/alert-change.ts'
import { commandStateOf } from './command-state-of.ts'

/**
 * What a broker has restored is revoked nowhere: other alerts whose own command took the same credential say so as well. `restore`: the
 * command that the broker's answer speaks of, one of `own`.
 */
export function restoredElsewhere(
  alerts: Iterable<Alert>,
  { restore, own, result, at }: { restore: RevocationCommand; own: Alert; result: RevocationResult; at: number },
): AlertChange[] {
  if (restore.action !== 'restore' || commandStateOf(result) !== 'applied') return []
  const word = own.restores?.find(({ command }) => command.id === restore.id)
  // What was refused or expired has its last word already.
  if (word === undefined || word.state === 'refused' || word.state === 'expired') return []
  const changes: AlertChange[] = []
  for (const alert of alerts) {
    if (alert.id === own.id || alert.command_state !== 'applied' || alert.command === undefined) continue
    if (!takes(alert.command, restore)) continue
    const restores = [...(alert.restores ?? []), { ...word, state: 'applied' as const }].slice(-restoresMax)
    changes.push({
      alert: { ...alert, restores, command_state: 'restored', response: 'alert' },
      at,
      notify: ['agent.command.completed'],
    })
  }
  return changes
}

/** Restores that an alert tells. */
const restoresMax = 10

/** Whether a command took what the restore gives back, before it did. */
function takes(command: RevocationCommand, restore: RevocationCommand): boolean {
  const [one, other] = [command.subject, restore.subject]
  if (one.tenant_id !== other.tenant_id || command.scope.match !== restore.scope.match) return false
  if (Date.parse(command.issued_at) > Date.parse(restore.issued_at)) return false
  switch (restore.scope.match) {
    case 'credential':
      return one.credential_id !== undefined && one.credential_id === other.credential_id
    case 'session':
      return one.agent_id === other.agent_id && one.session_id === other.session_id
    case 'agent':
      return one.agent_id === other.agent_id
  }
}
