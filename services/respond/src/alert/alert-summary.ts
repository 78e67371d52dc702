import type { Alert } from '@straylight/schemas/alert'
import type { Cause, Finding } from '@straylight/schemas/finding'
import { visibleText } from '@straylight/schemas/visible-text'
import { subjectInWords } from '../command/subject-in-words.ts'
import { manyTargets } from './alert-index.ts'
import { leadingOf } from './leading-finding.ts'
import { nameInSentence, quotedInSentence } from './name-in-sentence.ts'
import { decidedAgainInWords } from './postponed-decisions.ts'
import { restoreInWords } from './restore-in-words.ts'
import { shortened } from './shortened.ts'

/** The one sentence or two that a person on duty reads: who did what, why it is odd, what was done. At most 600 characters. */
export function alertSummary(alert: Alert): string {
  const lead = leadingOf(alert.findings)
  const reason = lead?.reasons[0]
  const parts = [
    `${nameInSentence(alert.agent, 80)} ${deedOf(alert, lead)}`,
    reason === undefined ? '' : quotedInSentence(sentenceOf(reason), 220),
    alert.finding_count > 1 ? `${alert.finding_count} findings since ${clock(alert.first_seen)}` : '',
    outcome(alert),
    restoring(alert),
    alert.command === undefined ? '' : moreToCome(alert),
  ]
  const text = parts.filter((part) => part !== '').map((part) => (part.endsWith('.') ? part : `${part}.`))
  return shortened(visibleText(text.join(' ')), 600)
}

/** Where one alert stands for many targets, the gravest of them is the one that is named. */
function deedOf({ cause, target, finding_count: count }: Alert, lead: Finding | undefined): string {
  if (target !== manyTargets || lead === undefined) return did[cause](nameInSentence(target, 120))
  return `${did[lead.cause](nameInSentence(lead.target, 120))}${count > 1 ? ', among other targets' : ''}`
}

const did: Record<Cause, (target: string) => string> = {
  new_system: (target) => `used a system it had never used: ${target}`,
  new_action: (target) => `did something it had never done: ${target}`,
  new_destination: (target) => `sent to a destination it had never sent to: ${target}`,
  order: (target) => `acted in an unusual order: ${target}`,
  data_flow: (target) => `gave ${target} a value from an unusual source`,
  arguments: (target) => `called with unusual arguments: ${target}`,
  volume: (target) => `moved far more data than usual: ${target}`,
  session_volume: (target) => `moved far more data in one session than usual: ${target}`,
  privilege: (target) => `raised its privilege: ${target}`,
  credential_shared: (target) => `used a credential of another agent: ${target}`,
  outcome: (target) => `failed or was denied far more often than usual: ${target}`,
  window_volume: () => 'moved far more data within a short time than usual',
  rate: () => 'acted far more often than usual',
  destructive_burst: () => 'deleted, reset or removed far more than usual',
  refused_burst: () => 'failed or was denied far more often within a short time than usual',
  fan_out: () => 'reached far more places within an hour than usual',
  unusual_time: () => 'acted at an unusual time',
  credential_expired: (target) => `used a credential past its expiry: ${target}`,
  credential_age: (target) => `used a credential far older than usual: ${target}`,
  new_delegation: (target) => `acted for an agent that had never called it: ${target}`,
  new_source: () => 'acted from a network address that it had never used',
  outside_boundary: (target) => `acted outside its boundary: ${target}`,
  field_missing: () => 'left out fields that it always reports',
  guard_signal: (target) => `raised an unusual signal of another guard: ${target}`,
  silent_agent: () => 'has fallen silent',
  unowned_agent: () => 'is active and not in the registry',
  name_confusable: (target) => `has a name that looks like that of ${target}`,
  changed_repeat: (target) => `sent an event id again with other content: ${target}`,
  behaviour: (target) => `deviated from its usual behaviour: ${target}`,
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
      return `The revocation of ${subject} is approved and waits for a breaker${why}`
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
    case 'made_room':
      return `${revoked}Closed to make room for other alerts`
    default:
      return `${revoked}Closed: no new evidence`
  }
}

/** Hours and minutes, UTC: an alert is read on the day it is made. */
const clock = (ms: number): string => `${new Date(ms).toISOString().slice(11, 16)} UTC`

const sentenceOf = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
