import { minuteMs } from '@straylight/schemas/duration'

/** Failed attempts in a window before whoever made them must wait. */
const failuresMax = 10
const windowMs = 5 * minuteMs
/** Names counted at a time; the oldest makes room. */
const countedMax = 10_000
/** All attempts, failed or not, that are looked at within a minute: each costs 150 ms of a processor. */
const attemptsPerMinuteMax = 60

/** Counts failed attempts to sign in, by address and by user; an attacker who changes one is stopped by the other. */
export function createSignInLimit(now: () => number) {
  const failures = new Map<string, number[]>()
  let attempts: number[] = []
  const recent = (name: string): number[] => (failures.get(name) ?? []).filter((at) => at > now() - windowMs)
  return {
    /** Seconds to wait before these may try again; 0: now. */
    waitSeconds(names: readonly string[]): number {
      attempts = attempts.filter((at) => at > now() - minuteMs)
      if (attempts.length >= attemptsPerMinuteMax) return 60
      const first = names.map(recent).filter(({ length }) => length >= failuresMax)
      const until = Math.max(0, ...first.map(([at = 0]) => at + windowMs - now()))
      if (until > 0) return Math.ceil(until / 1000)
      attempts.push(now())
      return 0
    },
    failed(names: readonly string[]): void {
      for (const name of names) {
        const known = [...recent(name), now()].slice(-failuresMax)
        failures.delete(name)
        failures.set(name, known)
      }
      for (const oldest of failures.keys()) {
        if (failures.size <= countedMax) break
        failures.delete(oldest)
      }
    },
  }
}
export type SignInLimit = ReturnType<typeof createSignInLimit>
