/** The engine's parser takes 256 KiB of a query, whatever the query sets. */
const bytesMax = 200_000
const parameter = /\{([A-Za-z_]\w*):([^{}]+)\}/g

/**
 * A query with its parameters (`{name:Type}`) written into it as literals of their types, as the engine itself replaces them; undefined where
 * one is of a type that is not known here, or where all of it is too long.
 *
 * chDB's client runs queries with parameters one after the other, over all connections of the process: a stage would wait for a page, and
 * a page's two questions for each other.
 */
export function writtenParameters(sql: string, parameters: Readonly<Record<string, unknown>>): string | undefined {
  let isWhole = true
  const written = sql.replaceAll(parameter, (placeholder, name: string, type: string) => {
    const literal = Object.hasOwn(parameters, name) ? literalOf(parameters[name], type) : undefined
    isWhole &&= literal !== undefined
    return literal ?? placeholder
  })
  return isWhole && Buffer.byteLength(written) <= bytesMax ? written : undefined
}

function literalOf(value: unknown, type: string): string | undefined {
  const of = /^Array\((\w+)\)$/.exec(type)?.[1]
  if (of === undefined) {
    const scalar = scalarOf(value, type)
    return scalar === undefined || type === 'String' ? scalar : `_CAST(${scalar}, '${type}')`
  }
  if (!Array.isArray(value)) return undefined
  const scalars: string[] = []
  for (const item of value) {
    const scalar = scalarOf(item, of)
    if (scalar === undefined) return undefined
    scalars.push(scalar)
  }
  return `_CAST([${scalars.join(',')}], '${type}')`
}

function scalarOf(value: unknown, type: string): string | undefined {
  if (type === 'String') return typeof value === 'string' ? quoted(value) : undefined
  if (typeof value !== 'number') return undefined
  if (/^U?Int(8|16|32|64)$/.test(type)) return Number.isSafeInteger(value) ? String(value) : undefined
  return type === 'Float64' && Number.isFinite(value) ? String(value) : undefined
}

/** Nothing else ends a text or begins an escape in one; the client takes a zero byte for the query's end. */
function quoted(text: string): string {
  return `'${text.toWellFormed().replaceAll(/[\\']/g, '\\$&').replaceAll('\0', '\\0')}'`
}
