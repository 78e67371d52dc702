/**
 * A list of names in the order in which an object holds them. Objects with the same names in the same order have one layout, so that
 * what follows from their names is found once for all of them: records of a source come with the same names, in millions.
 */
export interface ObjectLayout {
  readonly names: readonly string[]
}

interface KnownLayout extends ObjectLayout {
  readonly next: Map<string, KnownLayout>
  /** The name that came last after these. */
  lastName: string
  last: KnownLayout | null
}

/** Layouts kept, some 500 bytes each. Beyond that all are let go, and those in use are found again with their next object: names that somebody makes up hold no place for long. */
const layoutsMax = 20_000
/** Longer names, and more of them, have none. */
const nameMax = 64
const namesMax = 64

const newLayout = (names: readonly string[]): KnownLayout => ({ names, next: new Map(), lastName: '', last: null })
let empty = newLayout([])
let count = 0

/** The layout of an object; `null` where it is not kept. */
export function layoutOf(object: object): ObjectLayout | null {
  if (count >= layoutsMax) startAnew()
  let at = empty
  for (const name in object) {
    const next: KnownLayout | null = at.last !== null && at.lastName === name ? at.last : nextOf(at, name)
    if (next === null) return null
    at = next
  }
  return at
}

function startAnew(): void {
  empty = newLayout([])
  count = 0
}

function nextOf(at: KnownLayout, name: string): KnownLayout | null {
  let next = at.next.get(name)
  if (next === undefined) {
    if (name.length > nameMax || at.names.length === namesMax) return null
    next = newLayout([...at.names, name])
    at.next.set(name, next)
    count++
  }
  at.lastName = name
  at.last = next
  return next
}
