/** The first of those that are least, not asked of one alone. */
export function leastOf<Item>(items: readonly Item[], measure: (item: Item) => number): Item | undefined {
  let least = items[0]
  if (items.length < 2) return least
  let lowest = Number.POSITIVE_INFINITY
  for (const item of items) {
    const value = measure(item)
    if (value >= lowest) continue
    lowest = value
    least = item
  }
  return least
}
