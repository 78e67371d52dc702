/** Half a surrogate pair, as JSON writes it: the only text of a message that is no UTF-8. */
const halfPairInJson = /\\u[dD][89a-fA-F]/
/** The same in a text itself. A kind can have one where its event has none: an id's shape is cut at a length. */
const halfPair = /\p{Surrogate}/u

/** Half a pair becomes U+FFFD, as it does where keys are hashed. */
export const utf8Text = (text: string): string =>
  halfPair.test(text) ? Buffer.from(text, 'utf8').toString('utf8') : text

/**
 * A row that ClickHouse takes: half a surrogate pair would make it refuse the whole insert. Looked for in the message's
 * JSON, where such halves stand out, so that an ordinary row costs one search.
 */
export function utf8Row<Row extends Record<string, unknown>>(json: string, row: Row): Row {
  if (!halfPairInJson.test(json)) return row
  const utf8 = (value: unknown): unknown => {
    if (typeof value === 'string') return utf8Text(value)
    return Array.isArray(value) ? value.map(utf8) : value
  }
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, utf8(value)])) as Row
}
