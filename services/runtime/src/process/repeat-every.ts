import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Does some upkeep again and again, `pauseMs` after it last ended, so that it never overlaps itself. An error is reported and the
 * upkeep goes on. Resolves the returned function when a turn under way has ended.
 */
export function repeatEvery(
  pauseMs: number | (() => number),
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  async function loop(): Promise<void> {
    while (!signal.aborted) {
      try {
        await work()
      } catch (error) {
        onError(error)
      }
      // Rejects only when it is stopped: then the loop ends by its condition.
      await sleep(typeof pauseMs === 'number' ? pauseMs : pauseMs(), undefined, { signal }).catch(() => undefined)
    }
  }
  const ended = loop()
  return async () => {
    stopping.abort()
    await ended
  }
}
