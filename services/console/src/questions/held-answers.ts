/** RouteAnswers held at a time; the oldest makes room. */
const heldMax = 500

interface Held {
  readonly answer: Promise<unknown>
  /** `performance.now()` from which on it is asked anew; infinite while it is being made. */
  until: number
}

/**
 * Holds answers for a moment, so that many who look at the same page cost as much as one. What took long is held longer: at most a
 * twentieth of the time goes into asking the same again. `ms`: at least so long.
 */
export function createHeldAnswers(heldMs = 1_000) {
  const held = new Map<string, Held>()
  return async <Answer>(key: string, make: () => Promise<Answer>, ms = heldMs): Promise<Answer> => {
    const known = held.get(key)
    if (known !== undefined && performance.now() < known.until) return known.answer as Promise<Answer>
    const began = performance.now()
    const fresh: Held = { answer: make(), until: Number.POSITIVE_INFINITY }
    held.delete(key)
    held.set(key, fresh)
    const oldest = held.size > heldMax ? held.keys().next().value : undefined
    if (oldest !== undefined) held.delete(oldest)
    try {
      const answer = (await fresh.answer) as Answer
      const ended = performance.now()
      fresh.until = ended + Math.max(ms, 20 * (ended - began))
      return answer
    } catch (error) {
      if (held.get(key) === fresh) held.delete(key)
      throw error
    }
  }
}
export type HeldAnswers = ReturnType<typeof createHeldAnswers>
