import { counted } from '@straylight/schemas/counted'
import type { EventToken } from '@straylight/schemas/event-token'
import { type ByteBudget, createByteBudget } from './byte-budget.ts'
import { createMinuteBudget, type MinuteBudget } from './minute-budget.ts'
import { createRecentShares, type RecentShare } from './recent-shares.ts'
import { RequestRefused } from './request-refused.ts'

/** What one token may ask of the endpoint, so that its flood is refused to itself alone. */
export interface TokenLimits {
  /** Bytes of its bodies at hand, unzipped. */
  readonly bytesInFlightMax: number
  /** Records taken, counted after arrays and documents were taken apart. */
  readonly recordsPerMinute: number
  /** Requests at hand at once. */
  readonly connectionsMax: number
  /** Values that cannot be read; a body that is refused counts as a hundred. */
  readonly rejectionsPerMinute: number
}

export const defaultTokenLimits: TokenLimits = {
  bytesInFlightMax: 16 * 1024 * 1024,
  recordsPerMinute: 600_000,
  connectionsMax: 16,
  rejectionsPerMinute: 60_000,
}

/** The budget of one token. */
export interface TokenBudget {
  readonly bytes: ByteBudget
  readonly records: MinuteBudget
  readonly rejections: MinuteBudget
  /** What it has sent lately, against the other tokens. */
  readonly recent: RecentShare
  /** A request begins: throws `RequestRefused` 429 where too many are at hand; returns what ends it, once however often it is called. */
  enter(): () => void
}

/** Budgets by token, made when a token first comes: as many as there are tokens. `allBytesMax` bounds them together. */
export function createTokenBudgets(options: {
  limits: TokenLimits
  allBytesMax: number
  nowMs: () => number
}): (token: EventToken) => TokenBudget {
  const { limits, allBytesMax, nowMs } = options
  const all = createByteBudget(allBytesMax)
  const newShare = createRecentShares(nowMs)
  const known = new Map<string, TokenBudget>()
  return ({ token_sha256 }) => {
    const before = known.get(token_sha256)
    if (before !== undefined) return before
    const made: TokenBudget = {
      bytes: createByteBudget(limits.bytesInFlightMax, all),
      records: createMinuteBudget({ what: 'records', perMinute: limits.recordsPerMinute, nowMs }),
      rejections: createMinuteBudget({ what: 'rejections', perMinute: limits.rejectionsPerMinute, nowMs }),
      recent: newShare(),
      enter: countedEntry(limits.connectionsMax),
    }
    known.set(token_sha256, made)
    return made
  }
}

function countedEntry(most: number): () => () => void {
  let inside = 0
  return () => {
    if (inside >= most) {
      const reason = `this token has ${counted(most, 'request')} at hand: send again when they have been answered`
      throw new RequestRefused(429, 'too_many_connections', reason, 1)
    }
    inside++
    let left = false
    return () => {
      if (!left) inside--
      left = true
    }
  }
}
