/** Fetches are at least and at most so far apart, in milliseconds, while records come one by one. */
const everyMsMin = 10
const everyMsMax = 20
/** A turn may take this share of the time between two fetches before they move apart. */
const turnsPerFetch = 4

/**
 * How far apart fetches are to be. Every turn costs a stage and the broker as much as some hundred records: who does nothing else may have
 * more of them and answer sooner; who is busy, or whose machine is, has them seldom. A turn's time by the clock tells either.
 */
export interface FetchPace {
  /** The loop asks for more. */
  turnEnds(): void
  /** The loop has got records. */
  turnBegins(): void
  everyMs(): number
}

export function createFetchPace(now: () => number = () => performance.now()): FetchPace {
  let begunMs: number | undefined
  /** Half of it is the last turn, a quarter the one before, and so on. */
  let turnMs = everyMsMax
  return {
    turnBegins() {
      begunMs = now()
    },
    turnEnds() {
      if (begunMs !== undefined) turnMs = (turnMs + now() - begunMs) / 2
      begunMs = undefined
    },
    everyMs: () => Math.min(everyMsMax, Math.max(everyMsMin, turnsPerFetch * turnMs)),
  }
}
