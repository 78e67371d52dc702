import { addressParser } from 'postal-mime'
import { hostNameOf } from './host-name.ts'

/** One mail address, its domain in canonical form. */
export interface MailAddress {
  readonly key: string
  readonly domain: string
  readonly is_inside: boolean
}

/** Most addresses of one text that are read. */
const addressesMax = 64

/**
 * The addresses that a text names, whatever stands around them (RFC 5322): names, quotes, groups, comments, several in one text. What a name
 * holds is no address: `"known@a.example" <other@b.example>` goes to b.example.
 */
export function mailAddressesOf(text: string): MailAddress[] {
  const found = new Map<string, MailAddress>()
  for (const written of /["<(:]/.test(text) ? parsed(text) : text.split(/[\s,;]+/)) {
    for (const one of [written, ...relayedIn(written)]) {
      const address = mailAddressOf(one)
      if (address !== null && found.size < addressesMax) found.set(address.key, address)
    }
  }
  return [...found.values()]
}

function parsed(text: string): string[] {
  const addresses = addressParser(text, { flatten: true }).map(({ address }) => address ?? '')
  // Two in angles without a comma between them: mail programs differ in which of them they take.
  const angles = text.replace(/"(?:[^"\\]|\\.)*"/gs, '').matchAll(/<([^<>]*@[^<>]*)>/g)
  return [...addresses, ...[...angles].map(([, inner = '']) => inner.trim())]
}

/**
 * What stands before the last `@` may be an address of its own (`m@evil.example@acme.example`, `m%evil.example@acme.example`, `evil.example!m@acme.example`):
 * mail programs differ in which of the two they take, and relays send on to the first. Both count, so the one outside is outside.
 */
function relayedIn(written: string): string[] {
  const local = written.slice(0, Math.max(0, written.lastIndexOf('@'))).replace(/["'\\<>]/g, '')
  const [, host, user] = /^([^!@%\s]+\.[^!@%\s]+)!([^!@%\s]+)$/.exec(local) ?? []
  if (host !== undefined && user !== undefined) return [`${user}@${host}`]
  const parts = local.split(/[@%]/)
  return parts.length < 2 || parts.length > addressesMax
    ? []
    : parts.slice(1).map((domain, at) => `${parts[at] ?? ''}@${domain}`)
}

function mailAddressOf(text: string): MailAddress | null {
  // Lists that a model wrote as text leave their brackets and quotes at the ends.
  const written = text.replace(/^[[({'"<]+|[\])}'">.]+$/g, (ends) => (ends === ']' && text.includes('@[') ? ends : ''))
  const at = written.lastIndexOf('@')
  const local = written.slice(0, at).trim().toLowerCase()
  const host = hostNameOf(written.slice(at + 1).replace(/^\[(?:ipv6:)?|\]$/gi, ''))
  if (at < 1 || local === '' || host === null) return null
  return { key: `${local}@${host.name}`, domain: host.name, is_inside: host.is_inside }
}

/** What `mailto:`, `sip:` and the like address, with the copies of RFC 6068 (`cc`, `bcc`). */
export function mailtoAddressesOf(text: string): MailAddress[] {
  const [to = '', query = ''] = text.slice(text.indexOf(':') + 1).split('?', 2)
  const copies = query.split('&').flatMap((pair) => {
    const [name = '', value = ''] = pair.split('=', 2)
    return /^(to|cc|bcc)$/i.test(name) ? [value] : []
  })
  return mailAddressesOf([to.split(';')[0] ?? '', ...copies].map(unescaped).join(','))
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
