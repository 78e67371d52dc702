/** Words that people and tools put before a host, with a colon or an equals sign. */
const label =
  /^(?:url|uri|host|hostname|server|domain|dns|ip|ip4|ip6|tcp|udp|endpoint|webhook|address|addr|to|dest|destination|target|group)\s*[:=]\s*(?=\S)/

const opening = '<("\'[{`'
const closing = '>)"\'"]}`'

/**
 * What is left of a destination's text when what people put around a place is taken away: quotes, brackets, a word before it, percent
 * escapes, the marks by which addresses are made harmless (`hxxps://evil[.]example`). `null` where nothing was around it.
 */
export function placeWithin(given: string): string | null {
  const bare = withoutLabel(unquoted(harmful(unescaped(given)))).trim()
  if (bare !== given && bare !== '') return bare
  const url = /[a-z][a-z0-9+.-]*:\/\/[^\s"'<>()]+/i.exec(given)
  return url !== null && url.index > 0 ? url[0] : null
}

/** A URL that was escaped as a whole. */
function unescaped(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*%3a%2f%2f/i.test(text)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function harmful(text: string): string {
  if (!/\[\.\]|\(\.\)|\[dot\]|\[at\]|\[@\]|^hxxps?:/i.test(text)) return text
  return text
    .replace(/\[\.\]|\(\.\)|\[dot\]/gi, '.')
    .replace(/\[at\]|\[@\]/gi, '@')
    .replace(/^hxxp/i, 'http')
}

function unquoted(text: string): string {
  const at = opening.indexOf(text[0] ?? ' ')
  // An address in brackets is one as it stands.
  if (at < 0 || text.length < 3 || /^\[[0-9a-f:.%]+\]/i.test(text)) return text
  const last = text.at(-1) ?? ''
  return closing.includes(last) ? text.slice(1, -1) : text
}

const withoutLabel = (text: string): string => {
  const found = label.exec(text.toLowerCase())
  return found === null ? text : text.slice(found[0].length)
}
