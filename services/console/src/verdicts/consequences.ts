import { nameInSentence } from '@straylight/respond/alert/name-in-sentence'
import { subjectInWords } from '@straylight/respond/command/subject-in-words'
import { standingRevocation } from '@straylight/respond/verdict/standing-revocation'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import type { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { Answer } from '@straylight/schemas/verdict'
import type { CommandDetail, Consequence } from '../contract/alert-detail.ts'
import { passkeyAsked, passkeyMissing } from './passkey-asked.ts'
import type { UserSigning } from './user-signing.ts'

interface Seen {
  readonly alert: Alert
  readonly commands: readonly CommandDetail[]
  readonly signing: UserSigning
  readonly policy: Pick<Policy, 'suppression' | 'revocation' | 'issuers' | 'approval'>
  readonly now: number
}

/** What each answer would do to this alert, said before it is given. `respond` has the last word. */
export function consequences(seen: Seen): Consequence[] {
  const revoked = seen.commands.find(({ can_restore }) => can_restore)
  return [
    consequence(seen, { answer: 'approve', fault: notHeld(seen), does: approving, command: seen.alert.command?.id }),
    consequence(seen, {
      answer: 'reject',
      fault: notRejectable(seen),
      does: rejecting,
      command: seen.alert.command?.id,
    }),
    consequence(seen, { answer: 'true', fault: null, does: callingTrue }),
    consequence(seen, { answer: 'false', fault: null, does: callingFalse }),
    consequence(seen, { answer: 'ask', fault: notLapsed(seen), does: asking, command: seen.alert.command?.id }),
    consequence(seen, {
      answer: 'restore',
      fault: revoked === undefined ? 'No command of this alert is in force.' : null,
      does: () => restoring(revoked),
      command: revoked?.id,
    }),
  ]
}

function consequence(
  seen: Seen,
  said: { answer: Answer; fault: string | null; does: (seen: Seen) => string[]; command?: string | undefined },
): Consequence {
  const { signing } = seen
  const mayNot = signing.roles.has(said.answer)
    ? null
    : (signing.missing ?? `Neither your role nor the policy's issuer "${signing.issuer}" lets you say this.`)
  const approves = said.answer === 'approve'
  const whyNot = said.fault ?? mayNot ?? (approves ? passkeyMissing(signing.issuer, seen.policy) : null)
  const held = seen.alert.command
  return {
    answer: said.answer,
    allowed: whyNot === null,
    why_not: whyNot,
    sentences: said.fault === null ? said.does(seen) : [],
    command_id: said.command ?? null,
    passkey: approves && whyNot === null && held !== undefined ? passkeyAsked(held, signing.issuer, seen.policy) : null,
  }
}

function notHeld({ alert, now }: Seen): string | null {
  if (alert.command_state === 'approved') return `${alert.approval?.by} approved it before: it waits for a free place.`
  if (alert.state !== 'awaiting_approval' || alert.command === undefined)
    return 'No command of it waits for an approval.'
  return now > (alert.approval_deadline ?? 0) ? 'The time to approve is over.' : null
}

function notLapsed({ alert }: Seen): string | null {
  const isLapsed = alert.state === 'open' && alert.command !== undefined && alert.command_state === 'expired'
  return isLapsed ? null : 'No command of it has lapsed.'
}

const asking = ({ alert, policy }: Seen): string[] => [
  `If the policy still wants it, the same is held for approval anew: ${alert.command === undefined ? 'its command' : subjectInWords(alert.command)}, for ${inMinutes(policy.approval.deadline_seconds)}. Nothing is sent until a person approves.`,
]

const notRejectable = (seen: Seen): string | null => (seen.alert.command_state === 'approved' ? null : notHeld(seen))

function approving({ alert, policy }: Seen): string[] {
  if (alert.command === undefined) return []
  const { expires_after_seconds, deny_reissue_seconds } = policy.revocation
  const anew = deny_reissue_seconds === 0 ? '' : ` It gets no new one for ${inMinutes(deny_reissue_seconds)}.`
  return [
    ...whoIsHit(alert.agent, alert.command),
    `The broker is asked to take ${subjectInWords(alert.command)} out of service within ${inMinutes(expires_after_seconds)}.${anew}`,
    'A circuit breaker may hold the command until there is a free place. It can be taken back by a restore.',
  ]
}

/** Whose it is, where that is not the agent that the alert is about: whoever approves stops another than the accused. */
function whoIsHit(accused: string, { precondition, scope }: RevocationCommand): string[] {
  const { holder_agent_id: holder } = precondition
  if (holder === undefined || holder === accused) return []
  return [
    `This hits ${nameInSentence(holder, 80)}, whose ${scope.match} it is, and not ${nameInSentence(accused, 80)}, which used it.`,
  ]
}

const rejecting = (): string[] => ['The command is not sent, and the alert is closed. The agent works on.']

function callingTrue({ alert }: Seen): string[] {
  const learnt = 'What it did stays out of what counts as usual.'
  if (alert.state === 'closed') return [`The alert is closed already; the answer is kept beside it. ${learnt}`]
  const waits = alert.state === 'awaiting_approval' || alert.command_state === 'approved'
  return [`${waits ? 'The command waits as before.' : 'The alert is closed.'} ${learnt}`]
}

function callingFalse({ alert, policy }: Seen): string[] {
  const { days, days_max } = policy.suppression
  const quiet =
    days === 0
      ? 'Nothing is kept quiet, unless you say for how many days.'
      : `The like of it (this agent, cause and target, no graver) stays quiet for ${counted(days, 'day')}, at most ${days_max}.`
  const waits = alert.state === 'awaiting_approval' || alert.command_state === 'approved'
  const stands = standingRevocation(alert)
  return [
    `The alert is closed${waits ? ', and its command is not sent' : ''}. ${quiet}`,
    'What it did counts as usual from now on.',
    ...(stands === null ? [] : [stands]),
  ]
}

const restoring = (revoked: CommandDetail | undefined): string[] => [
  `The broker is asked to give back what ${revoked?.id} took. More of the same evidence alerts, and does not revoke again.`,
]

const inMinutes = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`)
