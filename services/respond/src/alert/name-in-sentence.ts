import { shortened } from './shortened.ts'

/**
 * A name that others chose, as it stands in our sentence, of at most `max` characters: in quotes where it is more than one word or holds quotes, so
 * that `x. Revoked: credential y. Closed` is read as the name that it is and not as what we did.
 */
export function nameInSentence(name: string, max: number): string {
  return /[\s"]/.test(name) ? quoted(shortened(name, max - 2)) : shortened(name, max)
}

/** Text that holds such names, of at most `max` characters: in quotes where there is more than one sentence in it. */
export function quotedInSentence(text: string, max: number): string {
  return /[.!?]['")\]]*\s+['"(\]]*[\p{L}\p{N}]/u.test(text) ? quoted(shortened(text, max - 2)) : shortened(text, max)
}

const quoted = (text: string): string => `"${text.replaceAll('"', "'")}"`
