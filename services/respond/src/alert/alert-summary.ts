import type { Alert, RoleChange } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import type { Finding } from '@straylight/schemas/finding'
import { visibleText } from '@straylight/schemas/visible-text'
import { subjectInWords } from '../command/subject-in-words.ts'
import { waitsForTurn } from '../decide/next-in-turn.ts'
import { manyTargets } from './alert-index.ts'
import { deedInWords } from './deed-in-words.ts'
import { leadingOf } from './leading-finding.ts'
import { nameInSentence, quotedInSentence } from './name-in-sentence.ts'
import { decidedAgainInWords } from './postponed-decisions.ts'
import { restoreInWords } from './restore-in-words.ts'
import { groupInWords } from './role-change.ts'
import { shortened } from './shortened.ts'

/** The one sentence or two that a person on duty reads: who did what, why it is odd, what was done. At most 600 characters. */
export function alertSummary(alert: Alert): string {
  const lead = leadingOf(alert.findings)
  const reason = lead?.reasons[0]
  const parts = [
    alert.role_change === undefined
      ? `${nameInSentence(alert.agent, 80)} ${deedOf(alert, lead)}`
      : roleChangeInWords(alert, alert.role_change, lead),
    reason === undefined ? '' : quotedInSentence(sentenceOf(reason), 220),
    alert.finding_count > 1 ? `${counted(alert.finding_count, 'finding')} since ${clock(alert.first_seen)}` : '',
    outcome(alert),
    restoring(alert),
    alert.command === undefined ? '' : moreToCome(alert),
  ]
  const text = parts.filter((part) => part !== '').map((part) => (/\."?$/.test(part) ? part : `${part}.`))
  return shortened(visibleText(text.join(' ')), 600)
}

/** Where one alert stands for many targets, the gravest of them is the one that is named. */
function deedOf(alert: Alert, lead: Finding | undefined): string {
  const others = alert.target === manyTargets && lead !== undefined && alert.finding_count > 1
  return `${deedInWords(alert, lead)}${others ? ', among other targets' : ''}`
}

/** '3 of 3 helpdesk agents began kb/articles.search since 09:00 UTC (amy, ben and cat): a system they had never used'. */
function roleChangeInWords(
  { cause, target, first_seen }: Alert,
  change: RoleChange,
  lead: Finding | undefined,
): string {
  const { agents, size, group } = change
  const name = (text: string) => nameInSentence(text, 60)
  const step = lead === undefined || cause === 'new_destination' ? target : `${lead.system}/${lead.action}`
  const began = cause === 'new_destination' ? `began to send to ${name(step)}` : `began ${name(step)}`
  return `${agents.length} of ${size} ${groupInWords(group, name)} ${began} since ${clock(first_seen)} (${namesOf(agents, name)})`
}

/** Three names at most: an alert is read, not searched. */
function namesOf(agents: RoleChange['agents'], name: (text: string) => string): string {
  const names = agents.map(({ agent }) => name(agent))
  if (names.length > 3) return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function outcome(alert: Alert): string {
  if (alert.state === 'closed') return closedBecause(alert)
  const { command, command_state: state, response_limited_by: limit } = alert
  if (command === undefined && limit !== undefined) {
    const again = decidedAgainInWords(alert)
    return again === '' ? `Nothing was revoked: ${limit}` : `Not revoked yet: ${shortened(limit, 180)}; ${again}`
  }
  if (command === undefined) return ''
  const subject = subjectInWords(command)
  const why = limit === undefined ? '' : `: ${limit}`
  switch (state) {
    case 'held':
      return `The revocation of ${subject} waits for approval until ${clock(alert.approval_deadline ?? 0)}${why}`
    case 'approved':
      return `The revocation of ${subject} is approved and waits for a free place${why}`
    case 'restored':
      return `Restored by ${shortened(restoredBy(alert), 60)}: the revocation of ${subject}`
    case 'sent':
      return `The broker was asked to revoke ${subject}`
    case 'applied':
      return `Revoked: ${subject}`
    case 'refused':
      return `The broker did not revoke ${subject}${why}`
    case 'unanswered':
      return `The broker was asked to revoke ${subject} and has not answered`
    case 'expired':
    case 'none':
      return `Not revoked: ${subject}${why}`
    case 'shadow':
      return `Would have revoked ${subject}${why}`
  }
}

/** Beside a command of the alert there is more that may yet be revoked. */
function moreToCome(alert: Alert): string {
  const turns = (alert.postponed ?? []).filter(waitsForTurn)
  if (turns.length > 0) return `${counted(turns.length, 'more command')} of other agents will be asked about next`
  const again = decidedAgainInWords(alert)
  return again === '' ? '' : `More is not revoked yet, since the detector is unwell; ${again}`
}

/** How the last restore stands, where the outcome does not say it. */
function restoring({ restores = [], state, command_state }: Alert): string {
  const last = restores.at(-1)
  if (last === undefined || (command_state === 'restored' && state !== 'closed')) return ''
  return restoreInWords(last)
}

const restoredBy = ({ restores = [] }: Alert): string => restores.at(-1)?.by ?? 'a person'

function closedBecause(alert: Alert): string {
  const by = shortened(alert.verdicts.at(-1)?.issuer ?? '', 60)
  const revoked =
    alert.command_state === 'applied' && alert.command ? `Revoked: ${subjectInWords(alert.command)}. ` : ''
  switch (alert.close_reason) {
    case 'verdict_true':
      return `${revoked}Closed: ${by} answered "true"`
    case 'verdict_false':
      return `${revoked}Closed: ${by} answered "false"`
    case 'rejected':
      return `${revoked}Closed: ${by} rejected the revocation`
    case 'withdrawn':
      return `${revoked}Closed: its events came late, and nothing was missing`
    case 'renamed':
      return `${revoked}Closed: another agent looks like it under a new name, and has an alert of its own`
    case 'made_room':
      return `${revoked}Closed to make room for other alerts`
    default:
      return `${revoked}Closed: no new evidence`
  }
}

/** Hours and minutes, UTC: an alert is read on the day it is made. */
const clock = (ms: number): string => `${new Date(ms).toISOString().slice(11, 16)} UTC`

const sentenceOf = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
