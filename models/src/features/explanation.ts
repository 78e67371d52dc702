/** What people compare: what was usual, with counts, and what was seen. */
export interface Explanation {
  /** Goes on after what was seen. */
  readonly expected: string
  readonly seen: string
}

/** It speaks of the earlier ones: a clause of its own, and not what was seen said more closely. */
const isComparison = (text: string): boolean => /^(?:largest|most|highest|oldest|longest) /.test(text)

/**
 * A reason as it is read aloud: 'Unusual sequence: erp/pay right after mail/read, never in 30 times over 29 days', 'Far larger than
 * any earlier call: 48.2 MB received by erp/get; largest of 30 earlier calls: 2.0 kB'.
 */
export const reasonText = (title: string, { seen, expected }: Explanation): string =>
  `${title}: ${seen}${isComparison(expected) ? '; ' : ', '}${expected}`
