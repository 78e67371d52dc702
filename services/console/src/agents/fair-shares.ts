/**
 * How many of a bound each may have, by name: nobody gets more than they have, what one leaves goes to the others, and who is cut gets as
 * much as anybody else who is cut (max-min fairness).
 */
export function fairShares(wanted: ReadonlyMap<string, number>, bound: number): ReadonlyMap<string, number> {
  const shares = new Map<string, number>()
  let left = Math.max(0, bound)
  const ascending = [...wanted].sort(([, one], [, other]) => one - other)
  for (const [at, [name, count]] of ascending.entries()) {
    const share = Math.min(count, Math.floor(left / (ascending.length - at)))
    shares.set(name, share)
    left -= share
  }
  return shares
}
