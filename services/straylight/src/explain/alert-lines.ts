import { decidedAgainInWords } from '@straylight/respond/alert/postponed-decisions'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { findingLines } from './finding-lines.ts'

/** An alert in lines for a person: its summary, what was found, and what the policy made of it. */
export function alertLines(alert: Alert): string[] {
  const events = [...new Set(alert.findings.map(({ event_id }) => event_id))]
  const again = decidedAgainInWords(alert)
  return [
    `${alert.id} (${alert.state.replaceAll('_', ' ')}, ${alert.severity}): ${alert.summary}`,
    `${counted(alert.finding_count, 'finding')} ${between(alert)}`,
    ...alert.findings.flatMap(findingLines),
    ...events.map((id) => `How it was worked out: straylight explain ${id}`),
    `What was decided: ${asked[alert.response]}. ${commandInWords(alert)}`,
    ...(alert.response_limited_by === undefined
      ? []
      : [sentence(`Why no more was done: ${alert.response_limited_by}`)]),
    ...(again === '' ? [] : [`Not all is decided: ${again}.`]),
  ]
}

function between({ first_seen, last_seen }: Alert): string {
  const [first, last] = [first_seen, last_seen].map((ms) => new Date(ms).toISOString())
  return first === last ? `at ${first}` : `from ${first} to ${last}`
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
  approved: 'is approved and waits for the circuit breaker',
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
