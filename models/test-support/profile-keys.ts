import { hashedKeys } from '../src/event/event-keys.ts'
import type { EventShape } from '../src/event/event-shape.ts'
import { type Family, familyNames } from '../src/profile/profile-key.ts'
import { hasher } from './taught.ts'

/** What is counted, as text: `x` in the context `context` of a family. */
export interface ProfileKey {
  readonly family: Family
  readonly context: string
  readonly x: string
}

/** Every key that an event counts under, for people and for naive counting. */
export const profileKeys = (shape: EventShape): ProfileKey[] =>
  hashedKeys(hasher, shape).map(({ of, x }) => ({ family: familyNames[of.family] as Family, context: of.context, x }))
