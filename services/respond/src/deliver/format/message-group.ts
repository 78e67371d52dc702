import { counted } from '@straylight/schemas/counted'
import { Severity } from '@straylight/schemas/finding'
import { shortened } from '../../alert/shortened.ts'
import { headlineOf } from './alert-facts.ts'
import type { AlertMessage } from './webhook-renderer.ts'

/** What stands above several messages: '12 messages about 9 alerts: 2 critical, 7 high'. */
export function groupHeadline(messages: readonly AlertMessage[]): string {
  const severityOf = new Map(messages.map(({ alert }) => [alert.id, alert.severity]))
  const severities = [...severityOf.values()]
  const parts = Severity.options.toReversed().flatMap((severity) => {
    const count = severities.filter((one) => one === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  return `${counted(messages.length, 'message')} about ${counted(severityOf.size, 'alert')}: ${parts.join(', ')}`
}

/** One message of a group: what happened, the alert's sentence, and the id by which the whole is found. */
export const groupLine = (message: AlertMessage, characters: number): string =>
  `${headlineOf(message)} · ${message.alert.id}\n${shortened(message.alert.summary, characters)}`

/** Where the rest is: made of our own words alone. */
export const groupAdvice = 'straylight alerts   # all that is open, each with the command that answers it'
