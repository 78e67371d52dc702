import type { Alert } from '@straylight/schemas/alert'
import { decidedAgainInWords } from './postponed-decisions.ts'

/** What the policy made of an alert, how far its command came, and why no more was done: whole sentences. */
export function decisionInWords(alert: Alert): string[] {
  const again = decidedAgainInWords(alert)
  return [
    `What was decided: ${asked[alert.response]}. ${commandInWords(alert)}`,
    ...(alert.response_limited_by === undefined
      ? []
      : [sentence(`Why no more was done: ${alert.response_limited_by}`)]),
    ...(again === '' ? [] : [`Not all is decided: ${again}.`]),
  ]
}

const asked: Record<Alert['response'], string> = {
  observe: 'to record it',
  alert: 'an alert',
  approve: 'to revoke, once a person approves',
  revoke: 'to revoke',
}

const commands: Record<Alert['command_state'], string> = {
  none: 'was not sent',
  held: 'waits for an approval',
  approved: 'is approved and waits for a free place',
  sent: 'was sent to the broker, which has not answered yet',
  applied: 'was applied by the broker',
  refused: 'was refused by the broker',
  unanswered: 'was sent to the broker, which did not answer in time',
  expired: 'expired unsent',
  shadow: 'is recorded only, since the tier runs in shadow',
  restored: 'was applied by the broker and has been restored',
}

const commandInWords = ({ command, command_state }: Alert): string =>
  command === undefined ? 'No command was made.' : `Command ${command.id} ${commands[command_state]}.`

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`)
