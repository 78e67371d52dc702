/** One piece of work among others that share the event loop. */
export interface SharedTurn {
  /** Whether the work has had the loop for as long as a turn lasts. */
  isOver(): boolean
  /** Waits for the next turn: first whatever else waits for the loop, then those who asked before. */
  next(): Promise<void>
}

/** How long one may keep the loop, milliseconds. A single step that takes longer comes on top. */
const turnMsMax = 10

/**
 * Lets several long pieces of work take turns, one a round of the event loop. With a bare `setImmediate` each, all of them would run
 * in one round, and twenty bodies at once would keep everybody else waiting twenty times as long as one.
 */
export function createSharedTurns(): { join(): SharedTurn } {
  const waiting: (() => void)[] = []
  function serve(): void {
    waiting.shift()?.()
    // Set within a round, it runs in the next one: the loop looks after connections and timers in between.
    if (waiting.length > 0) setImmediate(serve)
  }
  return {
    join() {
      let startedMs = performance.now()
      return {
        isOver: () => performance.now() - startedMs > turnMsMax,
        next: () =>
          new Promise((resolve) => {
            waiting.push(() => {
              startedMs = performance.now()
              resolve()
            })
            if (waiting.length === 1) setImmediate(serve)
          }),
      }
    },
  }
}
