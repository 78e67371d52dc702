/** What people compare: what was usual, with counts, and what was seen. */
export interface Explanation {
  /** Goes on after what was seen, or begins with a capital and is a sentence of its own. */
  readonly expected: string
  readonly seen: string
}

const isSentence = (text: string): boolean => /^\p{Lu}/u.test(text)

/**
 * A reason as it is read aloud: 'Unusual sequence: erp/pay right after mail/read, never in 30 times over 29 days', 'Far larger than
 * any earlier call: 48.2 MB received by erp/get. Largest of 30 earlier calls: 2.0 kB'.
 */
export const reasonText = (title: string, { seen, expected }: Explanation): string =>
  `${title}: ${seen}${isSentence(expected) ? '. ' : ', '}${expected}`
