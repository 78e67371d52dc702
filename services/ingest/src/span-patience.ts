/** Senders whose patience is kept; those that were not heard of for longest are forgotten, and begin anew. */
const accountsMax = 1_000
/** Share of the time for which one sender may hold up others for nothing, once it has used up what it begins with. */
const share = 0.1

interface Account {
  leftMs: number
  /** Until when it was last reckoned up. */
  atMs: number
}

/**
 * How long a sender's spans may still hold up what stands behind them for spans that never come. Waiting that was of use costs nothing; what
 * was for nothing is charged, so that a sender whose parents are elsewhere soon waits no more.
 */
export class SpanPatience {
  private readonly accounts = new Map<string, Account>()
  private readonly mostMs: number

  /** `waitMs`: how long one span waits; twice that is what a sender begins with. */
  constructor(waitMs: number) {
    this.mostMs = 2 * waitMs
  }

  isLeft(account: string, nowMs: number): boolean {
    const known = this.accounts.get(account)
    return known === undefined || this.leftOf(known, nowMs) > 0
  }

  /** Charges a wait from one moment to another that was for nothing; of several at once the time counts once. */
  charge(account: string, fromMs: number, nowMs: number): void {
    const known = this.accounts.get(account) ?? { leftMs: this.mostMs, atMs: fromMs }
    const waitedMs = Math.max(0, nowMs - Math.max(fromMs, known.atMs))
    const left = this.leftOf(known, nowMs) - waitedMs
    this.accounts.delete(account)
    this.accounts.set(account, { leftMs: left, atMs: nowMs })
    for (const oldest of this.accounts.size > accountsMax ? this.accounts.keys() : []) {
      this.accounts.delete(oldest)
      break
    }
  }

  private leftOf({ leftMs, atMs }: Account, nowMs: number): number {
    return Math.min(this.mostMs, leftMs + Math.max(0, nowMs - atMs) * share)
  }
}
