import { isObject, type JsonObject } from '../../record/field-reader.ts'
import { plainValue } from './any-value.ts'
import { attributeUse, resourceNames } from './attribute-names.ts'

/** The attributes of a span or a log record, as far as they are read. */
export interface ReadAttributes {
  readonly kept: JsonObject
  /** What went into the call and what came out of it, still whole, by the attribute's name. */
  readonly contents: { readonly arguments: JsonObject; readonly result: JsonObject } | null
  /** What was said in a model call, whole. */
  readonly messages: JsonObject | null
  /** A name that stands twice: whoever filters before us may read the other value. */
  readonly doubled: string | null
}

/** Longest text of an attribute that is kept: a name that long is refused or cut anyway, by its length and its end. */
const keptMax = 2_100
/** Attributes looked at: OpenTelemetry's own bound is 128. */
const attributesMax = 4_096

/** Reads a list of OTLP attributes, or an object of plain ones, as some exporters write. */
export function readAttributes(given: unknown): ReadAttributes {
  const kept: Record<string, unknown> = {}
  let contents: { arguments: Record<string, unknown>; result: Record<string, unknown> } | null = null
  let messages: Record<string, unknown> | null = null
  let doubled: string | null = null
  eachAttribute(given, (name, value) => {
    const use = attributeUse.get(name)
    if (use === undefined) return
    if (use === 'messages') {
      messages ??= {}
      if (messages[name] !== undefined) doubled ??= name
      messages[name] ??= plainValue(value)
      return
    }
    if (use !== 'kept') contents ??= { arguments: {}, result: {} }
    const target = use === 'kept' || contents === null ? kept : contents[use]
    if (target[name] !== undefined) doubled ??= name
    const plain = use === 'kept' ? short(plainValue(value)) : plainValue(value)
    if (plain !== undefined) target[name] = plain
  })
  return { kept, contents, messages, doubled }
}

/** A resource as far as it is read, and an attribute that stands twice in it. */
export interface ReadResource {
  readonly kept: JsonObject
  readonly doubled: string | null
}

/** The attributes of a resource that say who it is. */
export function readResource(resource: unknown): ReadResource {
  const kept: Record<string, unknown> = {}
  let doubled: string | null = null
  eachAttribute(isObject(resource) ? resource.attributes : undefined, (name, value) => {
    const plain = resourceNames.has(name) ? short(plainValue(value)) : undefined
    if (plain === undefined) return
    if (kept[name] !== undefined) doubled ??= name
    kept[name] = plain
  })
  return { kept, doubled }
}

function eachAttribute(given: unknown, tell: (name: string, value: unknown) => void): void {
  if (Array.isArray(given)) {
    for (let at = 0; at < given.length && at < attributesMax; at++) {
      const one: unknown = given[at]
      if (isObject(one) && typeof one.key === 'string') tell(one.key, one.value)
    }
  } else if (isObject(given)) for (const name of Object.keys(given).slice(0, attributesMax)) tell(name, given[name])
}

/** Names and numbers only: a list or an object under a name that holds one is not kept. */
function short(value: unknown): unknown {
  if (typeof value === 'string') return value.length > keptMax ? value.slice(0, keptMax) : value
  return typeof value === 'object' ? undefined : value
}
