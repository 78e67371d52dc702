import type { Relearning } from '@straylight/schemas/finding'

/** Which announced change made an event count less, and until when. */
export const relearningSentence = ({ what, until }: Relearning): string =>
  `a new ${what} is announced in the registry: what it brings counts less and is learnt until ${new Date(until).toISOString()}`
