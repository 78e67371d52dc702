/**
 * The canonical form of a JSON value (RFC 8785, JCS): names in order of their UTF-16 units, no spaces, numbers and texts as ECMAScript
 * writes them. Two texts that say the same have one form, whatever their order of names, spaces, escapes or spelling of numbers.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  const object = value as Readonly<Record<string, unknown>>
  let text = '{'
  for (const name of sortedNames(object)) {
    if (text.length > 1) text += ','
    text += `${JSON.stringify(name)}:${canonicalJson(object[name])}`
  }
  return `${text}}`
}

const sortedNames = (object: object): string[] => Object.keys(object).sort()
