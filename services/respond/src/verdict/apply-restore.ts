import type { Alert, Restore } from '@straylight/schemas/alert'
import type { Verdict } from '@straylight/schemas/verdict'
import { restoreInWords } from '../alert/restore-in-words.ts'
import { shortened } from '../alert/shortened.ts'
import { restoreCommandOf } from '../command/revocation-command-of.ts'
import type { DecisionContext } from '../decide/apply-finding.ts'
import { refused, taken, type VerdictEffect } from './verdict-effect.ts'

/** Commands taken back that an alert keeps. */
const restoresMax = 10

/**
 * A person takes a command back. It goes out past the breakers: it stops nobody. `noted`: the alert with the verdict; more
 * of the same evidence is alerted from now on and not revoked (see `answeredBefore`).
 */
export function applyRestore(around: DecisionContext, noted: Alert, verdict: Verdict, at: number): VerdictEffect {
  const of = verdict.command_id ?? ''
  const revoked = around.alreadySent(of)
  if (revoked === undefined || revoked.action === 'restore' || revoked.evidence.alert_id !== noted.id) {
    return refused('never_sent', `No command ${of} of this alert was sent: there is nothing to take back.`)
  }
  const state = noted.command?.id === of ? noted.command_state : 'sent'
  if (state === 'refused' || state === 'expired') {
    return refused('not_revoked', `The broker did not obey ${of} (${state}): there is nothing to take back.`)
  }
  const restores = noted.restores ?? []
  const elsewhere = restores.findLast((restore) => restore.state === 'applied')
  if (state === 'restored' && elsewhere !== undefined) return refused('restored_before', restoreInWords(elsewhere))
  const before = restores.find((restore) => restore.command.undo.of === of && stands(restore, around.now()))
  if (before !== undefined) return refused('restored_before', restoreInWords(before))
  if (restores.length >= restoresMax) return refused('too_many', `The alert has ${restoresMax} restores.`)
  const command = restoreCommandOf(revoked, { by: verdict.issuer, reason: verdict.reason, at })
  if (Date.parse(command.not_after) <= around.now()) {
    return refused(
      'too_late',
      `It came too late: the command would have expired at ${command.not_after}. Say it again.`,
    )
  }
  const restore: Restore = { command, by: verdict.issuer, reason: shortened(verdict.reason, 500), state: 'sent' }
  const { postponed: _postponed, ...rest } = noted
  const alert: Alert = { ...rest, restores: [...restores, restore] }
  const message = `${command.id} was sent: the broker is asked to take back what ${of} did.`
  return taken({ alert, at, notify: ['agent.command.issued'], send: command }, message)
}

/**
 * What was refused or expired may be tried again. What was not answered, only when its command is no longer good: until then a broker
 * may still obey it.
 */
function stands({ state, command }: Restore, now: number): boolean {
  if (state === 'applied') return true
  return (state === 'sent' || state === 'unanswered') && Date.parse(command.not_after) > now
}
