import type { Restore } from '@straylight/schemas/alert'
import { subjectInWords } from '../command/subject-in-words.ts'
import { quotedInSentence } from './name-in-sentence.ts'
import { shortened } from './shortened.ts'

/** How a restore stands: who asked for it and since when it waits, that it was done, or why it was not. Whole sentences. */
export function restoreInWords({ command, by, state, result }: Restore): string {
  const subject = subjectInWords(command)
  const asked = `${shortened(by, 60)} asked for it at ${command.issued_at} (${command.id})`
  const why = result === undefined ? '' : `: ${quotedInSentence(result, 160)}`
  switch (state) {
    case 'sent':
      return `The restore of ${subject} is pending since ${command.issued_at}: ${asked}, and the broker has not answered yet.`
    case 'unanswered':
      return `The restore of ${subject} is pending since ${command.issued_at}: ${asked}, and the broker has not answered; it may until ${command.not_after}.`
    case 'applied':
      return `Restored by ${shortened(by, 60)}: the revocation of ${subject} (${command.id}, asked for at ${command.issued_at}).`
    case 'refused':
      return `The broker did not restore ${subject}${why}. ${asked}.`
    case 'expired':
      return `The restore of ${subject} expired${why}. ${asked}.`
  }
}
