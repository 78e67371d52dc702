/** RouteAnswers held at a time; the oldest makes room. */
const heldMax = 500

interface Held {
  readonly answer: Promise<unknown>
  /** `performance.now()` from which on it is made anew; infinite while it is being made. */
  until: number
  /** From then on nobody is given it any more. */
  givenUntil: number
  /** What takes its place, while that is being made. */
  next?: Promise<unknown>
}

/** What takes no longer than this is waited for. */
const slowMs = 250

/**
 * Holds answers for a moment, so that many who look at the same page cost as much as one. What took long is held longer: at most a
 * twentieth of the time goes into asking the same again. `ms`: at least so long. What takes so long that a page would miss its time is still
 * given while it is made anew, for as long again; whoever comes later waits.
 */
export function createHeldAnswers(heldMs = 1_000) {
  const held = new Map<string, Held>()
  const keep = (key: string, fresh: Held): void => {
    held.delete(key)
    held.set(key, fresh)
    const oldest = held.size > heldMax ? held.keys().next().value : undefined
    if (oldest !== undefined) held.delete(oldest)
  }
  const made = async <Answer>(key: string, fresh: Held, of: { ms: number; began: number }): Promise<Answer> => {
    try {
      const answer = (await fresh.answer) as Answer
      const ended = performance.now()
      const took = ended - of.began
      fresh.until = ended + Math.max(of.ms, 20 * took)
      fresh.givenUntil = fresh.until + (took < slowMs ? 0 : 20 * took)
      if (held.get(key) !== fresh) keep(key, fresh)
      return answer
    } catch (error) {
      held.delete(key)
      throw error
    }
  }
  return async <Answer>(key: string, make: () => Promise<Answer>, ms = heldMs): Promise<Answer> => {
    const known = held.get(key)
    const began = performance.now()
    const isGiven = known !== undefined && began < known.givenUntil
    if (isGiven && (began < known.until || known.next !== undefined)) return known.answer as Promise<Answer>
    if (known?.next !== undefined) return known.next as Promise<Answer>
    const fresh: Held = { answer: make(), until: Number.POSITIVE_INFINITY, givenUntil: Number.POSITIVE_INFINITY }
    const next = made<Answer>(key, fresh, { ms, began })
    if (!isGiven) {
      keep(key, fresh)
      return next
    }
    known.next = next
    // Whoever asks after a failure asks anew, and is answered with it.
    next.catch(() => undefined)
    return known.answer as Promise<Answer>
  }
}
export type HeldAnswers = ReturnType<typeof createHeldAnswers>
