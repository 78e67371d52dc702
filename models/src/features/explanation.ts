/** What people compare: what was usual, with counts, and what was seen. */
export interface Explanation {
  readonly expected: string
  readonly seen: string
}
