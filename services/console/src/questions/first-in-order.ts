/** The first so many of a list in an order, equals as they came: one look at each, instead of sorting a hundred thousand for a page of fifty. */
export function firstInOrder<Item>(
  items: readonly Item[],
  compare: (one: Item, other: Item) => number,
  count: number,
): Item[] {
  const first: Item[] = []
  for (const item of items) {
    const last = first.at(-1)
    if (first.length >= count && (last === undefined || compare(last, item) <= 0)) continue
    let [low, high] = [0, first.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(first[middle] as Item, item) <= 0) low = middle + 1
      else high = middle
    }
    first.splice(low, 0, item)
    if (first.length > count) first.pop()
  }
  return first
}
