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
    const address = mailAddressOf(written)
    if (address !== null) found.set(address.key, address)
    if (found.size === addressesMax) break
  }
  return [...found.values()]
}

function parsed(text: string): string[] {
  const addresses = addressParser(text, { flatten: true }).map(({ address }) => address ?? '')
  // Two in angles without a comma between them: mail programs differ in which of them they take.
  const angles = text.replace(/"(?:[^"\\]|\\.)*"/gs, '').matchAll(/<([^<>]*@[^<>]*)>/g)
  return [...addresses, ...[...angles].map(([, inner = '']) => inner.trim())]
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
