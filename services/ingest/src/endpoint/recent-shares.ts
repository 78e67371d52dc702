/** What one token has sent lately, against all others. */
export interface RecentShare {
  /** So many records were taken. */
  add(records: number): void
  /** Whether it has sent as much as the average of those that have sent anything lately, or more. */
  isLarge(): boolean
}

/** A record counts half after ten minutes. */
const halfLifeMs = 600_000
/** Counts below this are nothing. */
const nothing = 0.5

/**
 * Who has filled the log lately: when the stages are too far behind, the tokens with the largest share of it wait first. One share a
 * token; `nowMs` is a clock that never goes back.
 */
export function createRecentShares(nowMs: () => number): () => RecentShare {
  const all: { records: number; at: number }[] = []
  function faded(share: { records: number; at: number }): number {
    const now = nowMs()
    share.records *= 2 ** ((share.at - now) / halfLifeMs)
    share.at = now
    return share.records
  }
  return () => {
    const own = { records: 0, at: nowMs() }
    all.push(own)
    return {
      add(records) {
        own.records = faded(own) + records
      },
      isLarge() {
        const sent = all.map(faded).filter((records) => records > nothing)
        const average = sent.reduce((sum, records) => sum + records, 0) / Math.max(1, sent.length)
        return faded(own) >= average
      },
    }
  }
}
