import assert from 'node:assert/strict'
import type { Alert } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { AlertChange } from '../alert/alert-change.ts'
import { approvedCommand } from '../command/revocation-command-of.ts'
import { waitingCommands } from '../command/waiting-commands.ts'
import type { DecisionContext } from '../decide/apply-finding.ts'
import { countedCommand } from '../decide/circuit-breakers.ts'
import { refused, taken, type VerdictEffect, type VerdictMoment } from './verdict-effect.ts'

/** Releases the held command; where a breaker is shut the approval holds, and the next free place is its own. */
export function approveCommand(
  around: DecisionContext,
  alert: Alert,
  by: string,
  moment: VerdictMoment,
): VerdictEffect {
  const { at, agents } = moment
  const draft = alert.command
  if (draft === undefined) return refused('not_awaiting', 'The alert has no command.')
  const sent = around.alreadySent(draft.id)
  if (sent !== undefined) return taken(sentChange(alert, sent, at), `${draft.id} was sent before.`)
  const command = approvedCommand(draft, by, at)
  if (Date.parse(command.not_after) <= around.now()) return tooLate(alert, command, at)
  const planned = countedCommand(draft, at)
  const shut = around.breakers.refusal(planned, agents, waitingCommands(around.alertIndex, alert.tenant, at))
  if (shut === null) return taken({ ...sentChange(alert, command, at), send: command }, `${draft.id} was sent.`)
  const left_ms = Math.max(0, (alert.approval_deadline ?? at) - at)
  const opensAt = around.breakers.opensAt(planned, agents)
  const waiting = waitingAlert({ ...alert, approval: { by, at, left_ms, agents } }, shut, opensAt)
  const change: AlertChange = { alert: waiting, at, notify: ['agent.command.waiting'] }
  return { change, accepted: true, code: 'waiting', message: waitingWords(by, shut, opensAt) }
}

/** The alert with its approved command out. */
export function sentChange(alert: Alert, command: RevocationCommand, at: number): AlertChange {
  const { approval_deadline: _deadline, response_limited_by: _limit, approval: _approval, ...rest } = alert
  const next: Alert = { ...rest, state: 'open', response: 'revoke', command, command_state: 'sent' }
  return { alert: next, at, notify: ['agent.command.issued'] }
}

/** The alert whose approval holds while a breaker is shut; its deadline counts again once that has opened. */
export function waitingAlert(alert: Alert, shut: string, opensAt: number): Alert {
  const { approval } = alert
  assert(approval !== undefined, 'only what a person approved waits for a breaker')
  return {
    ...alert,
    state: 'open',
    response: 'revoke',
    command_state: 'approved',
    approval_deadline: opensAt + approval.left_ms,
    response_limited_by: waitingWords(approval.by, shut, opensAt),
  }
}

const waitingWords = (by: string, shut: string, opensAt: number): string =>
  `${by} approved it, and it is sent by itself when there is a free place, at ${new Date(opensAt).toISOString()} at the earliest: ${shut}.`

/** It stays held until its deadline: the log took the approval long ago, and respond only now. */
function tooLate(alert: Alert, command: RevocationCommand, at: number): VerdictEffect {
  const limit = `the approval came too late: a command would have expired at ${command.not_after}`
  const change: AlertChange = {
    alert: { ...alert, response_limited_by: limit },
    at,
    notify: ['agent.command.failed'],
  }
  return { change, accepted: false, code: 'too_late', message: `Nothing was sent: ${limit}. Approve it again.` }
}
