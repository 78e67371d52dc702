import type { Alert } from '@straylight/schemas/alert'
import type { RevocationResult } from '@straylight/schemas/revocation-result'
import type { AlertChange } from './alert-change.ts'
import { shortened } from './shortened.ts'

/** What a broker's answer does to the alert whose command it answers; null when it says nothing new. */
export function takeResult(alert: Alert, result: RevocationResult, at: number): AlertChange | null {
  const { command, command_state: state } = alert
  // An answer to an earlier command of the alert: the later command's own answer counts.
  if (command?.id !== result.command_uid) return null
  const answered = commandStateOf(result)
  // Applied is the last word: a repeated command is answered again, and may then be refused as expired.
  if (state === 'applied' || state === answered || (state !== 'sent' && state !== 'unanswered')) return null
  if (answered === 'applied') {
    const { response_limited_by: _limit, ...rest } = alert
    return { alert: { ...rest, command_state: 'applied' }, at, notify: ['agent.command.completed'] }
  }
  const limit = `the broker answered ${result.status_code}: ${shortened(result.message, 300)}`
  return {
    alert: { ...alert, command_state: answered, response_limited_by: limit },
    at,
    notify: ['agent.command.failed'],
  }
}

/** A broker that runs dry has changed nothing, whatever it calls that. */
function commandStateOf(result: RevocationResult): 'applied' | 'refused' | 'expired' {
  if (result.status_code === 'expired') return 'expired'
  const applied = result.status_code === 'applied' || result.status_code === 'already_applied'
  return applied && result.status_id === 1 ? 'applied' : 'refused'
}
