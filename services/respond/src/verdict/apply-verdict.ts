import type { Alert } from '@straylight/schemas/alert'
import { aliasLine } from '@straylight/schemas/alias-line'
import { counted } from '@straylight/schemas/counted'
import { dayMs } from '@straylight/schemas/duration'
import { suppressedDays } from '@straylight/schemas/suppression'
import type { Verdict } from '@straylight/schemas/verdict'
import { type AlertChange, closedAlert } from '../alert/alert-change.ts'
import { manyTargets } from '../alert/alert-index.ts'
import { nameInSentence } from '../alert/name-in-sentence.ts'
import type { DecisionContext } from '../decide/apply-finding.ts'
import { applyRestore } from './apply-restore.ts'
import { approveCommand } from './approve-command.ts'
import { askAgain } from './ask-again.ts'
import { earlierRevocations, standingRevocation } from './standing-revocation.ts'
import { refused, taken, type VerdictEffect, type VerdictMoment } from './verdict-effect.ts'

/** Verdicts an alert keeps; ids of kept ones are what makes a replayed verdict harmless, so none is ever dropped. */
export const verdictsMax = 50

/** What a verified verdict that has not counted before does to its alert. */
export function applyVerdict(around: DecisionContext, verdict: Verdict, moment: VerdictMoment): VerdictEffect {
  const { at } = moment
  const alert = around.alertIndex.get(verdict.alert_id)
  if (alert === undefined || alert.tenant !== verdict.tenant) return refused('unknown_alert', unknownAlert(verdict))
  if (alert.verdicts.some(({ id }) => id === verdict.id)) return refused('replayed', 'This verdict has counted before.')
  if (alert.verdicts.length >= verdictsMax) {
    return refused('too_many', `The alert has ${verdictsMax} verdicts, and takes no more.`)
  }
  const unfit = bindingFault(alert, verdict)
  if (unfit !== null) return unfit
  const noted: Alert = { ...alert, verdicts: [...alert.verdicts, saidOf(verdict, at)] }
  switch (verdict.answer) {
    case 'approve':
      return notHeld(alert, at) ?? approveCommand(around, noted, verdict.issuer, moment)
    case 'reject':
      // What waits for a breaker can be called off as well.
      return alert.command_state === 'approved' ? rejected(noted, at) : (notHeld(alert, at) ?? rejected(noted, at))
    case 'restore':
      return applyRestore(around, noted, verdict, at)
    case 'ask':
      return askAgain(around, noted, verdict.issuer, at)
    default:
      return judged({ before: alert, noted, verdict, around }, verdict.answer, at)
  }
}

const unknownAlert = ({ alert_id, tenant }: Verdict): string =>
  `There is no alert ${alert_id} of tenant ${tenant}; respond forgets an alert a week after it was closed.`

function saidOf(verdict: Verdict, at: number): Alert['verdicts'][number] {
  const { id, answer, issuer, role, reason, time, suppress_days, command_id } = verdict
  const days = suppress_days === undefined ? {} : { suppress_days }
  const command = command_id === undefined ? {} : { command_id }
  return { id, answer, issuer, role, reason, time, taken_at: at, ...days, ...command }
}

/** A verdict speaks of what the person saw: another command, or evidence that has grown worse since, is not meant by it. */
function bindingFault(alert: Alert, verdict: Verdict): VerdictEffect | null {
  const { answer, command_id, alert_revision: seen } = verdict
  const decides = answer === 'approve' || answer === 'reject' || answer === 'ask'
  if ((decides || answer === 'restore') && command_id === undefined) {
    const again = 'Give it again: this version of straylight verdict names it.'
    const none =
      'The alert has no command: there is nothing to approve, reject or ask for again. Say true or false of it.'
    return refused('unbound', alert.command === undefined ? none : `It names no command. ${again}`)
  }
  if (decides && seen === undefined) {
    return refused('unbound', 'It does not say which revision of the alert the person saw. Give it again.')
  }
  if (decides && command_id !== alert.command?.id) {
    const now = alert.command === undefined ? 'holds none' : `now has ${alert.command.id}`
    return refused('other_command', `It names ${command_id}, and the alert ${now}. Look at the alert again.`)
  }
  const judges = answer === 'true' || answer === 'false'
  if (seen === undefined) {
    const fault = 'It does not say which revision of the alert the person saw, and so not which agents. Give it again.'
    return judges && alert.role_change !== undefined ? refused('unbound', fault) : null
  }
  if (seen > alert.revision) {
    return refused('unknown_revision', `It names revision ${seen}, and the alert has only ${alert.revision}.`)
  }
  if (decides && seen < (alert.command_revision ?? 1)) {
    return refused('older_revision', `The alert has had this command only since revision ${alert.command_revision}.`)
  }
  if (answer === 'false' && seen < (alert.severity_revision ?? 1)) {
    const since = `The alert has been ${alert.severity} since revision ${alert.severity_revision}`
    return refused('older_revision', `${since}, and revision ${seen} was called false. Look at it again.`)
  }
  const complete = alert.role_change?.joined_revision ?? 1
  if (judges && seen < complete) {
    const about = counted(alert.role_change?.agents.length ?? 1, 'agent')
    const since = `The alert has been about ${about} since revision ${complete}`
    return refused('older_revision', `${since}, and revision ${seen} was called ${answer}. Look at it again.`)
  }
  return null
}

function notHeld(alert: Alert, at: number): VerdictEffect | null {
  if (alert.command_state === 'approved') {
    return refused('not_awaiting', `${alert.approval?.by} approved it before: it is sent when there is a free place.`)
  }
  if (alert.state !== 'awaiting_approval') {
    return refused('not_awaiting', `No command of this alert waits for an approval: it is ${alert.command_state}.`)
  }
  if (at <= (alert.approval_deadline ?? 0)) return null
  return refused('too_late', `The approval was due by ${new Date(alert.approval_deadline ?? 0).toISOString()}.`)
}

interface Judged {
  readonly before: Alert
  /** With the verdict in its list. */
  readonly noted: Alert
  readonly verdict: Verdict
  readonly around: DecisionContext
}

function judged(of: Judged, answer: 'true' | 'false', at: number): VerdictEffect {
  const { noted } = of
  const quiet = answer === 'false' ? falseInWords(of, at) : ''
  // Closing twice says nothing new, but who said what is kept.
  if (noted.state === 'closed') {
    return taken({ alert: noted, at, notify: [] }, `${closedBefore(of.before)} Your answer is kept beside it.${quiet}`)
  }
  // True while a command waits: the analyst agrees with the detector, the approver and the breaker still decide.
  const waits = noted.state === 'awaiting_approval' || noted.command_state === 'approved'
  if (answer === 'true' && waits) return taken({ alert: noted, at, notify: [] }, 'The command waits as before.')
  if (answer === 'true' && noted.postponed !== undefined) {
    return taken({ alert: noted, at, notify: [] }, 'The alert stays open: whether to revoke is decided again.')
  }
  const reason = answer === 'true' ? 'verdict_true' : 'verdict_false'
  const dropped = waits ? ' Its command is not sent.' : ''
  return taken(closed(noted, reason, at), `The alert is closed.${dropped}${quiet}`)
}

/** By whom, when and as what an alert was answered that is closed. */
function closedBefore({ verdicts, close_reason }: Alert): string {
  const last = verdicts.at(-1)
  if (last === undefined) {
    return close_reason === 'made_room'
      ? 'The alert was closed before, unanswered, to make room for others.'
      : 'The alert was closed before, unanswered, since no new evidence came.'
  }
  const when = new Date(last.taken_at ?? last.time).toISOString()
  return `The alert has been answered already: ${last.issuer} said "${last.answer}" at ${when}, and it is closed.`
}

function falseInWords(of: Judged, at: number): string {
  const { noted, around } = of
  const stands = [standingRevocation(noted), earlierRevocations(noted, around.sentFor(noted.id))]
  const said = stands.flatMap((text) => (text === null ? [] : [` ${text}`]))
  return `${quietInWords(of, at)}${said.join('')}${aliasInWords(noted)}`
}

/** A verdict makes no two names one: whose events are whose, only the registry says. */
function aliasInWords({ tenant, agent, target, renamed_from: from }: Alert): string {
  if (from === undefined || from.heard_again !== undefined) return ''
  const line = aliasLine({ tenant, agent, from: target })
  return ` What it did of this alert is learnt. So that ${nameInSentence(agent, 80)} has the history of ${nameInSentence(target, 80)}, write into the registry: ${line}`
}

/** Until when a false verdict keeps its like quiet (`suppressionsAt` of baseline does it). */
function quietInWords({ noted, verdict, around }: Judged, at: number): string {
  const days = suppressedDays(verdict, around.policy.suppression)
  if (noted.target === manyTargets) return ' Nothing is kept quiet, since the alert stands for many targets.'
  if (days === 0) return ' Nothing is kept quiet.'
  const until = new Date(at + days * dayMs).toISOString()
  return ` Findings of this agent, cause and target stay quiet until ${until}, unless they are graver.`
}

const rejected = (noted: Alert, at: number): VerdictEffect =>
  taken(closed(noted, 'rejected', at), 'The command is not sent, and the alert is closed.')

function closed(alert: Alert, reason: NonNullable<Alert['close_reason']>, at: number): AlertChange {
  return { alert: closedAlert(alert, reason, at), at, notify: ['agent.alert.closed'] }
}
