import { RequestRefused } from './request-refused.ts'

/** Bytes of bodies at hand, bounded together: a thousand slow senders cost no more than one. */
export interface ByteBudget {
  /** Throws `RequestRefused` 429 where so many more would be too many. Takes nothing. */
  demand(bytes: number): void
  /** Takes bytes or throws `RequestRefused` 429. */
  take(bytes: number): void
  give(bytes: number): void
}

const retryAfterSeconds = 2

/** `within`: a budget of all that these bytes count in as well. */
export function createByteBudget(bytesMax: number, within?: ByteBudget): ByteBudget {
  let taken = 0
  const demand = (bytes: number): void => {
    if (taken + bytes > bytesMax) {
      const whose = within === undefined ? 'all senders' : 'this token'
      const reason = `more than ${bytesMax} bytes of ${whose} are being taken in at once: send again a little later`
      throw new RequestRefused(429, 'busy', reason, retryAfterSeconds)
    }
    within?.demand(bytes)
  }
  return {
    demand,
    take(bytes) {
      demand(bytes)
      within?.take(bytes)
      taken += bytes
    },
    give(bytes) {
      within?.give(bytes)
      taken -= bytes
    },
  }
}
