import { sessionsInWords } from '@straylight/console/words/sessions-in-words'
import { silenceSentence } from '@straylight/console/words/silence-sentence'
import type { Finding } from '@straylight/schemas/finding'
import { relearningSentence } from './relearning-sentence.ts'

/** A finding in lines for a person: what it is, and each of its reasons. */
export function findingLines(finding: Finding): string[] {
  return [
    `Finding ${finding.id} (${finding.cause.replaceAll('_', ' ')}, ${finding.severity}): score ${finding.score.toFixed(2)}, reached by ${sessionsInWords(finding.p_value)}`,
    ...finding.reasons.map((reason) => `  ${reason}`),
    ...(finding.evidence.fed_by === undefined ? [] : [`  values came out of: ${finding.evidence.fed_by.join(', ')}`]),
    ...(finding.relearning === undefined ? [] : [`  ${relearningSentence(finding.relearning)}`]),
    ...(finding.suppressed === undefined ? [] : [`  ${silenceSentence(finding.suppressed)}`]),
  ]
}
