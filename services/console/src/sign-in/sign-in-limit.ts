import { minuteMs } from '@straylight/schemas/duration'

/** Failed attempts in a window before there must be a wait: of one name from one address; of any name from one address, or one from any. */
const failuresMax = { pair: 10, one: 50 } as const
const windowMs = 5 * minuteMs
/** Names counted at a time; the oldest makes room. */
const countedMax = 10_000
/** All attempts, failed or not, that are looked at within a minute: each costs 150 ms of a processor. */
const attemptsPerMinuteMax = 60

/**
 * Counts failed attempts to sign in by password. Ten wrong ones shut out that name at that address alone, so that nobody shuts somebody else
 * out cheaply; an attacker who changes name or address is stopped by the wider counts. `addressesTell`: false where all come from a proxy
 * that is not believed: then its address tells nobody apart, and does not count by itself.
 */
export function createSignInLimit(now: () => number, { addressesTell = true } = {}) {
  const countersOf = (attempt: Attempt) => counters(attempt).filter(({ of }) => addressesTell || of !== 'address')
  const failures = new Map<string, number[]>()
  let attempts: number[] = []
  const recent = (name: string): number[] => (failures.get(name) ?? []).filter((at) => at > now() - windowMs)
  return {
    /** Seconds to wait before these may try again; 0: now. */
    waitSeconds(attempt: Attempt): number {
      attempts = attempts.filter((at) => at > now() - minuteMs)
      if (attempts.length >= attemptsPerMinuteMax) return 60
      const full = countersOf(attempt).flatMap(({ name, max }) => {
        const at = recent(name)
        return at.length >= max ? [at.at(-max) ?? 0] : []
      })
      const until = Math.max(0, ...full.map((at) => at + windowMs - now()))
      if (until > 0) return Math.ceil(until / 1000)
      attempts.push(now())
      return 0
    },
    failed(attempt: Attempt): void {
      for (const { name, max } of countersOf(attempt)) {
        const known = [...recent(name), now()].slice(-max)
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

interface Attempt {
  readonly user: string
  readonly address: string
}

const counters = ({ user, address }: Attempt) =>
  [
    { name: JSON.stringify([user, address]), max: failuresMax.pair, of: 'pair' },
    { name: `at ${address}`, max: failuresMax.one, of: 'address' },
    { name: `user ${user}`, max: failuresMax.one, of: 'user' },
  ] as const

export type SignInLimit = ReturnType<typeof createSignInLimit>
