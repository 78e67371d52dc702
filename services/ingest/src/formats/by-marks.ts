import type { JsonObject } from '../record/field-reader.ts'

/** What is asked for a value only where the value has one of its marks. */
export interface Marked {
  readonly marks: readonly string[]
}

interface Ranked<Item> {
  readonly item: Item
  readonly rank: number
}

/**
 * Finds who may be meant by a value's field names: one look-up for each name, however many there are to choose from. `first` gives the
 * earliest in the list that accepts; `all` gives all that have a mark there, in the order of the list.
 */
export function byMarks<Item extends Marked>(items: readonly Item[]) {
  const index = new Map<string, Ranked<Item>[]>()
  items.forEach((item, rank) => {
    for (const mark of item.marks) index.set(mark, [...(index.get(mark) ?? []), { item, rank }])
  })
  return {
    marks: [...index.keys()],
    first(value: JsonObject, accepts: (item: Item) => boolean): Item | null {
      let found: Item | null = null
      let best = items.length
      for (const name in value) {
        for (const { item, rank } of index.get(name) ?? none)
          if (rank < best && accepts(item)) {
            found = item
            best = rank
          }
      }
      return found
    },
    all(value: JsonObject): Item[] {
      const ranks = new Set<number>()
      for (const name in value) for (const { rank } of index.get(name) ?? none) ranks.add(rank)
      return [...ranks].sort((a, b) => a - b).map((rank) => items[rank] as Item)
    },
  }
}

const none: readonly never[] = []
