import type { Alert } from '@straylight/schemas/alert'
import type { RevocationResult } from '@straylight/schemas/revocation-result'
import type { AlertChange } from '../alert/alert-change.ts'
import { shortened } from '../alert/shortened.ts'
import { commandStateOf } from './command-state-of.ts'

/** What a broker's answer does to the alert whose command it answers; null when it says nothing new. */
export function applyResult(alert: Alert, result: RevocationResult, at: number): AlertChange | null {
  const restored = applyRestoreResult(alert, result, at)
  if (restored !== null) return restored
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
  const limit = refusalWords(alert, result)
  return {
    alert: { ...alert, command_state: answered, response_limited_by: limit },
    at,
    notify: ['agent.command.failed'],
  }
}

/** The answer to a command that takes another one back; null where it answers none. */
function applyRestoreResult(alert: Alert, result: RevocationResult, at: number): AlertChange | null {
  const restores = alert.restores ?? []
  const restore = restores.find(({ command }) => command.id === result.command_uid)
  if (restore === undefined || restore.state === 'applied') return null
  const state = commandStateOf(result)
  if (restore.state !== 'sent' && restore.state !== 'unanswered') return null
  const why = state === 'applied' ? {} : { result: `${result.status_code}: ${shortened(result.message, 300)}` }
  const next = restores.map((one) => (one === restore ? { ...one, ...why, state } : one))
  const undone = state === 'applied' && alert.command?.id === restore.command.undo.of
  return {
    // What was taken back is no answer any more: what limits the next one is reported again.
    alert: { ...alert, restores: next, ...(undone ? { command_state: 'restored', response: 'alert' } : {}) },
    at,
    notify: [state === 'applied' ? 'agent.command.completed' : 'agent.command.failed'],
  }
}

/** Where the credential is another's, that is what must be read first. */
function refusalWords({ command }: Alert, { status_code, message }: RevocationResult): string {
  const said = shortened(message, 300)
  if (status_code !== 'holder_mismatch') return `the broker answered ${status_code}: ${said}`
  const expected = command?.precondition.holder_agent_id ?? command?.subject.agent_id
  return `it is not ${expected}'s: the broker that issued it knows another holder and refused (holder_mismatch: ${said})`
}
