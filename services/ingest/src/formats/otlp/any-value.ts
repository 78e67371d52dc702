import { isObject, type JsonObject } from '../../record/field-reader.ts'

/** Deepest lists inside one attribute that are read; what lies deeper is left out. */
const depthMax = 24

/**
 * The first field of an object that is there: OTLP's JSON writes `traceId`, and much that is called OTLP writes `trace_id`, as its schema
 * does.
 */
export function either(object: JsonObject, camel: string, snake: string): unknown {
  return object[camel] ?? object[snake]
}

/**
 * An OTLP `AnyValue` as a plain JSON value: whole numbers come as numbers or texts, bytes stay base64. `undefined` where it holds nothing
 * that can be read. A plain value, as some exporters write, is itself.
 */
export function plainValue(given: unknown, depth = 0): unknown {
  if (typeof given !== 'object' || given === null) return given
  if (Array.isArray(given))
    return depth > depthMax ? undefined : given.map((item) => plainValue(item, depth + 1) ?? null)
  const value = given as JsonObject
  // As nearly all are.
  if (typeof value.stringValue === 'string') return value.stringValue
  for (const kind in value) {
    const inner = value[kind]
    switch (kind) {
      case 'stringValue':
      case 'string_value':
      case 'boolValue':
      case 'bool_value':
      case 'bytesValue':
      case 'bytes_value':
        return inner
      case 'intValue':
      case 'int_value':
      case 'doubleValue':
      case 'double_value':
        return numberOf(inner)
      case 'arrayValue':
      case 'array_value':
        return depth > depthMax ? undefined : listOf(inner).map((item) => plainValue(item, depth + 1) ?? null)
      case 'kvlistValue':
      case 'kvlist_value':
        return depth > depthMax ? undefined : plainPairs(listOf(inner), depth + 1)
    }
  }
  return undefined
}

function plainPairs(pairs: readonly unknown[], depth: number): JsonObject {
  const object: Record<string, unknown> = Object.create(null)
  for (const pair of pairs)
    if (isObject(pair) && typeof pair.key === 'string') object[pair.key] = plainValue(pair.value, depth) ?? null
  return object
}

const listOf = (list: unknown): readonly unknown[] => {
  const values: unknown = isObject(list) ? list.values : list
  return Array.isArray(values) ? values : []
}

/** A number, also where it is written as text; what is no number stays as it is, for its reader to refuse. */
export function numberOf(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d{1,20}(?:\.\d+)?$/.test(value)) return value
  return Number(value)
}
