import type { Fault } from './event-draft.ts'
import { endOfString } from './json-size.ts'

/** Objects in which a name stands twice, with that name. */
export type DoubledNames = ReadonlyMap<object, string>

/**
 * Finds names that stand twice in one object of a JSON text: `JSON.parse` keeps the last and hides the rest, and whoever filters the log
 * before us by the first would be fooled. `names` is how many the text holds; where the parsed value holds as many there are none, so
 * that only a text with doubled names is looked through again. `null`: none.
 */
export function doubledNames(json: unknown, text: Buffer, names: number): DoubledNames | null {
  if (namesIn(json) === names) return null
  const doubled = new Map<object, string>()
  for (const { path, name } of doubledPlaces(text)) {
    const object = lastAt(json, path)
    if (object !== null) doubled.set(object, name)
  }
  return doubled
}

function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let names = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) names += namesIn(item)
    return names
  }
  const object = value as Readonly<Record<string, unknown>>
  for (const name in object) {
    names++
    const inner = object[name]
    if (typeof inner === 'object' && inner !== null) names += namesIn(inner)
  }
  return names
}

type Path = readonly (string | number)[]

/** So many are looked for: one is enough to refuse a value. */
const placesMax = 1_000

/** Where names stand twice, in a text that is JSON. */
function doubledPlaces(text: Buffer): { path: Path; name: string }[] {
  const found: { path: Path; name: string }[] = []
  const open: { names: Set<string> | null; at: string | number }[] = []
  for (let at = 0; at < text.length && found.length < placesMax; at++) {
    const byte = text[at]
    const inner = open.at(-1)
    if (byte === 0x7b) open.push({ names: new Set(), at: '' })
    else if (byte === 0x5b) open.push({ names: null, at: 0 })
    else if (byte === 0x7d || byte === 0x5d) open.pop()
    else if (byte === 0x2c && typeof inner?.at === 'number') inner.at++
    else if (byte === 0x22) {
      const end = endOfString(text, at)
      if (inner?.names && isFollowedByColon(text, end)) {
        const name: string = JSON.parse(text.toString('utf8', at, end + 1))
        if (inner.names.has(name)) found.push({ path: open.slice(0, -1).map((one) => one.at), name })
        inner.names.add(name)
        inner.at = name
      }
      at = end
    }
  }
  return found
}

function isFollowedByColon(text: Buffer, end: number): boolean {
  let at = end + 1
  while (text[at] === 0x20 || text[at] === 0x0a || text[at] === 0x0d || text[at] === 0x09) at++
  return text[at] === 0x3a
}

/** The object at a path, or the last one towards it: a value that a doubled name hid is gone, and the object with that name is known. */
function lastAt(json: unknown, path: Path): object | null {
  let last = typeof json === 'object' ? json : null
  for (const step of path) {
    const next: unknown = last === null ? null : (last as Readonly<Record<string | number, unknown>>)[step]
    if (typeof next !== 'object' || next === null) break
    last = next
  }
  return last
}

/** Why a value in which a name is doubled, at any depth, is refused; `null` where none is. */
export function doubledFault(value: unknown, doubled: DoubledNames | null): Fault | null {
  const path = doubled === null ? null : doubledPath(value, doubled, '')
  if (path === null) return null
  const reason = `${path}: stands twice in one object, so that two readers may read two values`
  return { code: 'duplicate_key', reason, path }
}

function doubledPath(value: unknown, doubled: DoubledNames, at: string): string | null {
  if (typeof value !== 'object' || value === null) return null
  const name = doubled.get(value)
  if (name !== undefined) return printable(`${at}${name}`)
  for (const [key, inner] of Object.entries(value)) {
    const path = doubledPath(inner, doubled, `${at}${key}.`)
    if (path !== null) return path
  }
  return null
}

const printable = (path: string): string => path.replace(/[\p{Cc}\p{Cs}]/gu, '?').slice(0, 200)
