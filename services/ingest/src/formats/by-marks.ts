import { layoutOf, type ObjectLayout } from '@straylight/schemas/object-layout'
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
  /** Of objects of a layout: as many as there are layouts. */
  const byLayout = new WeakMap<ObjectLayout, readonly Item[]>()

  function all(value: JsonObject): readonly Item[] {
    const layout = layoutOf(value)
    const known = layout === null ? undefined : byLayout.get(layout)
    if (known !== undefined) return known
    const ranks = new Set<number>()
    for (const name in value) for (const { rank } of index.get(name) ?? none) ranks.add(rank)
    const found = ranks.size === 0 ? none : [...ranks].sort((a, b) => a - b).map((rank) => items[rank] as Item)
    if (layout !== null) byLayout.set(layout, found)
    return found
  }

  return {
    marks: [...index.keys()],
    first(value: JsonObject, accepts: (item: Item) => boolean): Item | null {
      const marked = all(value)
      for (let at = 0; at < marked.length; at++) if (accepts(marked[at] as Item)) return marked[at] as Item
      return null
    },
    all,
  }
}

const none: readonly never[] = []
