import { minuteMs } from '@straylight/schemas/duration'
import { RequestRefused } from './request-refused.ts'

/** So much a minuteMs, given back steadily: what was not used for a minute is whole again. */
export interface MinuteBudget {
  /**
   * Throws `RequestRefused`: 413 where a whole minute's budget would not do, 429 with the time after which it will. Takes nothing.
   * `upTo`: how many it may become yet, for that time.
   */
  demand(count: number, upTo?: number): void
  /** Takes what was demanded; never refuses. */
  take(count: number): void
}

/** `what` names what is counted in refusals (`records`); `nowMs` is a clock that never goes back. */
export function createMinuteBudget(options: { what: string; perMinute: number; nowMs: () => number }): MinuteBudget {
  const { what, perMinute, nowMs } = options
  let left = perMinute
  let countedMs = nowMs()
  function refill(): void {
    const now = nowMs()
    left = Math.min(perMinute, left + ((now - countedMs) / minuteMs) * perMinute)
    countedMs = now
  }
  return {
    demand(count, upTo = count) {
      refill()
      if (count > perMinute)
        throw new RequestRefused(
          413,
          'too_many_values',
          `the body holds more than ${perMinute} ${what}: send it in parts`,
        )
      if (count <= left) return
      const seconds = Math.max(1, Math.ceil(((Math.min(perMinute, upTo) - left) / perMinute) * 60))
      throw new RequestRefused(
        429,
        `too_many_${what}`,
        `this token may send ${perMinute} ${what} a minute: send again in ${seconds} s`,
        seconds,
      )
    },
    take(count) {
      refill()
      left = Math.max(0, left - count)
    },
  }
}
