/**
 * The canonical form of a JSON value (RFC 8785, JCS): names in order of their UTF-16 units, no spaces, numbers and texts as ECMAScript
 * writes them. Two texts that say the same have one form, whatever their order of names, spaces, escapes or spelling of numbers.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return listed(value)
  const object = value as Readonly<Record<string, unknown>>
  const members = membersInOrder(Object.keys(object))
  let text = '{'
  for (const { name, head } of members) {
    const inner = object[name]
    // Most values are short texts and whole numbers: written here, they cost no call.
    text += head
    text += typeof inner === 'string' ? quoted(inner) : typeof inner === 'number' ? `${inner}` : canonicalJson(inner)
  }
  return `${text}}`
}

function listed(items: readonly unknown[]): string {
  let text = '['
  for (let at = 0; at < items.length; at++) text += at === 0 ? canonicalJson(items[at]) : `,${canonicalJson(items[at])}`
  return `${text}]`
}

/** A text that needs no escape is written as it stands: several times faster than `JSON.stringify`. */
const quoted = (text: string): string => (/^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text))

/** A name, and what is written before its value: a comma where others stand before it, the name, and a colon. */
interface Member {
  readonly name: string
  readonly head: string
}

/** A list of names that came before, one node for each name of it, and its order. */
interface KnownNames {
  readonly next: Map<string, KnownNames>
  members: readonly Member[] | null
}

/** Nodes kept, some 300 bytes each: the records of a fleet have few lists of names, and come in millions. */
const knownNamesMax = 20_000
/** Longer names, and longer lists of them, are put in order each time. */
const knownNameMax = 64
const knownListMax = 64

const newNames = (): KnownNames => ({ next: new Map(), members: null })
const known = newNames()
let knownCount = 0

function membersInOrder(names: readonly string[]): readonly Member[] {
  if (names.length > knownListMax) return inOrder(names)
  let at = known
  for (const name of names) {
    let next = at.next.get(name)
    if (next === undefined) {
      if (knownCount >= knownNamesMax || name.length > knownNameMax) return inOrder(names)
      next = newNames()
      at.next.set(name, next)
      knownCount++
    }
    at = next
  }
  at.members ??= inOrder(names)
  return at.members
}

const inOrder = (names: readonly string[]): Member[] =>
  [...names].sort().map((name, at) => ({ name, head: `${at === 0 ? '' : ','}${JSON.stringify(name)}:` }))
