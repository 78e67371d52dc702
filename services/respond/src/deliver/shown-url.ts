import { createHash } from 'node:crypto'

/**
 * A webhook's URL as logs, topics and people may see it: its origin, and where there is more a short hash (SHA-256) of the whole, by which two
 * can be distinguished. Path, query, user and password are often the secret that lets anybody post there.
 */
export function shownUrl(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.origin === 'null') return `[no web address] (#${hash})`
  return url.href === `${url.origin}/` ? url.origin : `${url.origin}/… (#${hash})`
}

/** A token as people may see it: a hash, by which two can be distinguished. */
export const shownToken = (token: string): string =>
  `a token (#${createHash('sha256').update(token).digest('hex').slice(0, 8)})`

/** The text with every address in it shown by `shownUrl`. */
export function withoutUrls(text: string): string {
  return text.replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi, shownUrl)
}

/** What an error says, with none of the URL's own parts: the last line of defence, whatever a library quotes. */
export function withoutPartsOf(text: string, url: URL | undefined): string {
  if (url === undefined) return withoutUrls(text)
  const secrets = [url.href, `${url.pathname}${url.search}`, url.pathname, url.search, url.hash, url.username]
  const parts = [...secrets, url.password, ...url.pathname.split('/'), ...url.searchParams.values()]
  const spelled = parts.flatMap((part) => [part, decoded(part)]).filter((part) => part.length >= 4)
  const longest = [...new Set(spelled)].sort((one, other) => other.length - one.length)
  return withoutUrls(longest.reduce((said, part) => said.replaceAll(part, '…'), text))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign: then the text stands for itself only.
    return text
  }
}
