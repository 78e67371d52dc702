/** The value of a JSON text, or nothing where it is not JSON: for whoever holds the value to a schema next. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No JSON text has the value `undefined`, so the caller can tell.
    return undefined
  }
}
