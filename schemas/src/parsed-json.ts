/** The value of a JSON text, or nothing where it is not JSON: for whoever holds the value to a schema next. */
export function parsedJson(text: string): unknown {
  // What only looks like an object, such as a map that Java printed, is many times cheaper to refuse than to parse.
  if (text.charCodeAt(0) === 0x7b && !mayBeObject(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // No JSON text has the value `undefined`, so the caller can tell.
    return undefined
  }
}

/** Whether a name or the end follows the brace. */
function mayBeObject(text: string): boolean {
  const next = text.charCodeAt(1)
  // Space, which JSON allows there, is left to the parser.
  return next === 0x22 || next === 0x7d || next === 0x20 || (next >= 0x09 && next <= 0x0d)
}
