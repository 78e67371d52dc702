import { errorText } from '@straylight/schemas/error-text'
import { type JsonValue, query } from 'jsonpath-rfc9535'
import { valueAt } from '../formats/table/source.ts'
import type { JsonObject } from '../record/field-reader.ts'

/** A member or an item of each: what most selectors are, read without the library. */
const simple = /^\$(?:\.[A-Za-z_][\w-]*|\[\d{1,6}\]|\['[^'\\]{1,100}'\])+$/
const steps = /\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\['([^'\\]{1,100})'\]/g

/**
 * What is wrong with a selector, `null` where nothing is. Selectors are JSONPath (RFC 9535), which runs no code. Left out is what a
 * record could make slow: descent at any depth, regular expressions, and filters in filters.
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
    return null
  } catch (error) {
    return `is no JSONPath: ${errorText(error).slice(0, 200)}`
  }
}

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
    return isMany && found.length > 1 ? found : found[0]
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
