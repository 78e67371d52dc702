import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '@straylight/runtime/store/store-error'
import type { AgentName } from '@straylight/schemas/partition-key'
import type { FetchedProfile, ProfileCache } from './profile-cache.ts'

/** A store that does not answer in time is away, and asked again after a while. */
export const answerMs = 5_000
const askAgainMsDefault = 500

/** The world failed, not the query: the same call may succeed later. */
export const isAway = (error: unknown): boolean => error instanceof StoreError && error.retriable

/**
 * Profiles that the store did not give when they were needed: asked for again and again beside the stage's loop, one query at a
 * time, so that the loop stands still for none of them.
 */
export class LateProfiles {
  private readonly cache: Pick<ProfileCache, 'fetch'>
  private readonly askAgainMs: number
  private readonly closing = new AbortController()
  private asking: Promise<void> | undefined
  private came: readonly FetchedProfile[] = []
  private failure: unknown
  private sharing = 0

  constructor(cache: Pick<ProfileCache, 'fetch'>, askAgainMs = askAgainMsDefault) {
    this.cache = cache
    this.askAgainMs = askAgainMs
  }

  /** What has come since; begins to ask for the others, unless it does already. Throws what no waiting would mend. */
  take(wanted: () => readonly AgentName[]): readonly FetchedProfile[] {
    if (this.failure !== undefined) throw this.failure
    const { came } = this
    this.came = []
    if (this.asking === undefined && came.length === 0 && wanted().length > 0) this.asking = this.ask(wanted)
    return came
  }

  /** Partitions have left: what was asked for before may be older than what comes back with them. */
  forget(): void {
    this.sharing++
    this.came = []
  }

  close(): void {
    this.closing.abort()
  }

  private async ask(wanted: () => readonly AgentName[]): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        const { sharing } = this
        const fetched = await this.cache.fetch(wanted(), { onceWithinMs: answerMs })
        if (sharing === this.sharing) this.came = fetched
        break
      } catch (error) {
        if (!isAway(error)) this.failure = error
        if (!isAway(error)) break
      }
      // Rejects only when the stage closes.
      await sleep(this.askAgainMs, undefined, { signal: this.closing.signal }).catch(() => undefined)
    }
    this.asking = undefined
  }
}
