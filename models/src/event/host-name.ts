import { BlockList, isIP } from 'node:net'
import { parse } from 'tldts'

/** A host in the one way in which it is compared, whatever way it was written in. */
export interface HostName {
  /** Lower case, punycode, without a last dot or `www.`; of an address its shortest form, IPv4 where it only wraps one. */
  readonly name: string
  /** The domain that somebody registered, by the list of public suffixes; an address whole. */
  readonly site: string
  readonly is_address: boolean
  /** Nobody outside can have it: a private network, a single label, a name that the public DNS does not know. */
  readonly is_inside: boolean
  /** It ends like a name of the public DNS, or like one that documents and tests use instead. */
  readonly is_public_name: boolean
}

/** Ends that nobody can register: RFC 6762, RFC 8375, ICANN's `internal`, and those that stay undelegated for their use inside. */
const insideEnds: ReadonlySet<string> = new Set([
  ...['localhost', 'local', 'internal', 'lan', 'intranet', 'corp', 'home', 'private', 'localdomain'],
])
/** Ends of RFC 2606 and RFC 7686: read as places outside, for that is what examples and hidden services are. */
const outsideEnds: ReadonlySet<string> = new Set(['example', 'test', 'invalid', 'onion'])

const insideAddresses = new BlockList()
for (const [network, bits] of [
  ...([
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
  ] as const),
  ...([
    ['169.254.0.0', 16],
    ['0.0.0.0', 32],
  ] as const),
])
  insideAddresses.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  insideAddresses.addSubnet(network, bits, 'ipv6')

/**
 * Reads the part of an address that names a host, with or without user and port (`u@Host.Example.:443`). Null where it is none. By the URL
 * standard, as browsers and HTTP clients do: so `0x7f.1` is an address, and a full-width dot is a dot.
 */
export function hostNameOf(authority: string): HostName | null {
  // An interface's name after an address is that of the caller's own machine.
  const text = authority.replace(/%[^\]]*(?=\]|$)/, (zone) => (authority.includes('::') ? '' : zone))
  const url = `http://${isIP(text) === 6 ? `[${text}]` : text}`
  if (authority === '' || !URL.canParse(url)) return null
  const { hostname } = new URL(url)
  return hostname.startsWith('[') ? addressName(unwrapped(hostname.slice(1, -1))) : nameOf(hostname)
}

function nameOf(hostname: string): HostName | null {
  const name = hostname.replace(/\.+$/, '').replace(/^www\.(?=[^.]+\.)/, '')
  if (name === '') return null
  if (isIP(name) !== 0) return addressName(name)
  const { domain, publicSuffix, isIcann, isPrivate } = parse(name, {
    allowPrivateDomains: true,
    validateHostname: false,
  })
  const end = name.slice(name.lastIndexOf('.') + 1)
  const isSingle = end === name
  return {
    name,
    site: domain ?? name,
    is_address: false,
    is_inside: isSingle || insideEnds.has(end) || publicSuffix === 'home.arpa',
    is_public_name:
      !isSingle && (isIcann === true || isPrivate === true || outsideEnds.has(end) || insideEnds.has(end)),
  }
}

const addressName = (name: string): HostName => ({
  name,
  site: name,
  is_address: true,
  is_inside: insideAddresses.check(name, isIP(name) === 6 ? 'ipv6' : 'ipv4'),
  is_public_name: false,
})

/** The IPv4 address inside an IPv6 one: mapped (`::ffff:`) or behind NAT64 (RFC 6052). */
function unwrapped(address: string): string {
  const [, high, low] = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const bytes = [high, low].flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255])
  return bytes.join('.')
}

/** A network in CIDR form, its address in canonical form; null where the text is none. */
export function addressBlockOf(text: string): { readonly address: HostName; readonly bits: number } | null {
  const [, base = '', bits] = /^\[?([0-9a-f:.]+)\]?\/(\d{1,3})$/i.exec(text) ?? []
  const kind = isIP(base)
  if (kind === 0 || Number(bits) > (kind === 6 ? 128 : 32)) return null
  const address = hostNameOf(base)
  return address === null ? null : { address, bits: Number(bits) - (kind === 6 && isIP(address.name) === 4 ? 96 : 0) }
}
