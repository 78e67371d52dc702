import { cutText } from '@straylight/schemas/cut-text'
import type { Fault } from '../record/event-draft.ts'

/** Why a row is refused: of two columns of one name each reader may take another. `null` where each name stands once. */
export function twiceNamed(names: readonly unknown[]): Fault | null {
  const seen = new Set<string>()
  for (const given of names) {
    if (typeof given !== 'string') continue
    const name = cutText(given, 200)
    if (seen.has(given))
      return {
        code: 'duplicate_key',
        reason: `${name}: stands twice in one row, so that two readers may read two values`,
        path: name,
      }
    seen.add(given)
  }
  return null
}
