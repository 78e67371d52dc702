import { errorText } from '@straylight/schemas/error-text'
import { type JsonValue, query } from 'jsonpath-rfc9535'
import parse from 'jsonpath-rfc9535/parser'
import { valueAt } from '../formats/table/source.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'

/** A member or an item of each: what most selectors are, read without the library. */
const simple = /^\$(?:\.[A-Za-z_][\w-]*|\[\d{1,6}\]|\['[^'\\]{1,100}'\])+$/
const steps = /\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\['([^'\\]{1,100})'\]/g

/**
 * What is wrong with a selector, `null` where nothing is. Selectors are JSONPath (RFC 9535), which runs no code. Left out is what a
 * record could make slow: descent at any depth, regular expressions, filters in filters, filters that look at the whole record once more
 * for each item, and brackets that give the same item several times.
 */
export function selectorFault(selector: string): string | null {
  if (!selector.startsWith('$')) return 'must be a JSONPath that begins with $, such as $.actor.id'
  if (simple.test(selector)) return null
  if (selector.includes('..')) return '..: name the way to the field; a search at every depth is not offered'
  if (/\b(?:match|search)\s*\(/.test(selector))
    return 'match and search: regular expressions are not offered; compare with =='
  if (selector.split('?').length > 2) return 'holds more than one filter'
  try {
    query({}, selector)
    return costFault(parse(selector))
  } catch (error) {
    return `is no JSONPath: ${errorText(error).slice(0, 200)}`
  }
}

/** What takes more than one look at each value of a record, wherever in a parsed selector it stands. */
function costFault(node: unknown): string | null {
  if (Array.isArray(node)) return firstFault(node)
  if (!isObject(node)) return null
  if (node.type === 'FilterSelector' && holdsAbsolute(node.value))
    return '$ in a filter: it looks at the whole record again for each item; compare with a field of the item (@) or with a value'
  if (node.type === 'BracketedSelection' && Array.isArray(node.selectors) && node.selectors.length > 1)
    return repeatFault(node.selectors) ?? firstFault(node.selectors)
  return firstFault(Object.values(node))
}

function firstFault(nodes: readonly unknown[]): string | null {
  for (const node of nodes) {
    const fault = costFault(node)
    if (fault !== null) return fault
  }
  return null
}

const holdsAbsolute = (node: unknown): boolean =>
  Array.isArray(node)
    ? node.some(holdsAbsolute)
    : isObject(node) &&
      (node.type === 'JsonPathQuery' || node.type === 'AbsSingularQuery' || Object.values(node).some(holdsAbsolute))

/** Several in one bracket are several names or places, none of them twice: each bracket would double what the one before it found. */
function repeatFault(selectors: readonly unknown[]): string | null {
  const chosen = selectors.map((one) => (isObject(one) && isPlace(one) ? one.value : null))
  return chosen.includes(null) || new Set(chosen).size < chosen.length
    ? 'names the same item several times; list different names or places, or one * or filter alone'
    : null
}

/** Counted from the end, a place may be the same as one counted from the start. */
const isPlace = ({ type, value }: JsonObject): boolean =>
  type === 'NameSelector' || (type === 'IndexSelector' && Number(value) >= 0)

/** Most values that one selector gives. */
const valuesMax = 64

/** What a selector finds: nothing, the one value, or a list where it can name several. */
export function selected(selector: string): (record: JsonObject) => unknown {
  if (simple.test(selector)) {
    const names = [...selector.matchAll(steps)].map(([, member, index, quoted]) => member ?? index ?? quoted ?? '')
    return (record) => ownAt(record, names)
  }
  const isMany = /\*|\?|:|,/.test(selector)
  return (record) => {
    // What JSON was parsed to is JSON.
    const found: readonly unknown[] = query(record as JsonValue, selector).slice(0, valuesMax)
    if (found.length === 0) return undefined
    if (!isMany || found.length === 1) return found[0]
    // Each item of a list may hold a list of its own: the values are those of all.
    return found.flat()
  }
}

/** Only what the record itself has: a selector must not reach what objects inherit. */
function ownAt(record: JsonObject, names: readonly string[]): unknown {
  let at: unknown = record
  for (const name of names) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = valueAt(at, [name])
  }
  return at
}
