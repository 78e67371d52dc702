/** Accounts that are kept apart; whoever comes after them shares one. */
const accountsMax = 1_000
const others = 'others'

/**
 * Who holds how much of what all share. Room is made by the account that holds most, so that nobody who holds less than an equal part loses
 * anything to others, however much they send.
 */
export class SpanShares {
  private readonly keys = new Map<string, Set<string>>()

  add(account: string, key: string): void {
    const of = this.keys.has(account) || this.keys.size < accountsMax ? account : others
    const held = this.keys.get(of)
    if (held === undefined) this.keys.set(of, new Set([key]))
    else held.add(key)
  }

  remove(account: string, key: string): void {
    for (const of of [account, others]) {
      const held = this.keys.get(of)
      if (held?.delete(key) !== true) continue
      if (held.size === 0) this.keys.delete(of)
      return
    }
  }

  /** The oldest of whoever holds most. */
  oldestOfLargest(): string | undefined {
    let largest: ReadonlySet<string> | undefined
    for (const held of this.keys.values()) if (largest === undefined || held.size > largest.size) largest = held
    const [oldest] = largest ?? []
    return oldest
  }
}
