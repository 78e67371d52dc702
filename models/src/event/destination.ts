import { isIP } from 'node:net'
import { cutText } from '@straylight/schemas/cut-text'
import { everybody, isEverybody, isWholeInternet, wholeOrganisation } from './everybody.ts'
import { addressBlockOf, type HostName, hostNameOf } from './host-name.ts'
import { type MailAddress, mailAddressesOf, mailtoAddressesOf } from './mail-addresses.ts'
import { placeWithin } from './place-within.ts'

/** What a destination is, however it was written: the key compared, its coarser kind, and whether it lies outside. */
export interface Destination {
  /** The one canonical form: an address, a host without path and port, an account's number, a bucket; else the text in lower case. */
  readonly key: string
  /**
   * Coarser form to back off to: `mail:domain`, `host:site`, `ip:address`, `phone:country`, `account:prefix`, `bucket:cloud`,
   * `public:everyone`, `organisation:everyone`, `path:folder`, `file:extension`, `id:shape`, `name:words`.
   */
  readonly kind: string
  /** Mail, hosts, phones, accounts, buckets and everybody leave the house, but for private networks; the whole organisation, paths, files, ids and names do not. */
  readonly external: boolean
  /** Named like a file and like a host (`evil.zip`): outside, unless the action's own past says that it writes files. */
  readonly file_like: boolean
}

/** Endings that are a file's or a host's: of all endings of files those that are top-level domains. */
const fileEnding =
  /\.(csv|txt|pdf|docx?|xlsx?|pptx?|json|ya?ml|xml|html?|md|log|zip|gz|tar|png|jpe?g|gif|svg|sql|db|py|rs|pl|ps|so|cc|mov|ts|js|mjs|sh|parquet|ini|cfg|conf|bak)$/
const account = /^(0x[0-9a-f]{8,}|[a-z]{2}[0-9]{8,}[a-z0-9]*|(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{24,}|[0-9]{10,})$/
const hostLike = /^[\p{L}\p{M}\p{N}_-]+([.。．｡][\p{L}\p{M}\p{N}_-]+)+[.。．｡]?$/u

/** The shape of an id: runs of letters and digits, digits by rough length (`ORD-1042` is `a-99`). */
function shapeOf(text: string): string {
  const shape = text.replace(/[a-z]+/g, 'a').replace(/[0-9]+/g, (run) => (run.length < 6 ? '99' : '999999'))
  return cutText(shape, 12)
}

/** Answers are kept, for agents go to the same places again and again; whoever invents places only empties the memory. */
const known = new Map<string, readonly Destination[]>()
const knownMax = 20_000
/** Longer texts are read each time, so that what is kept has a bound in bytes. */
const textMax = 256

/** The destinations that one text names, one at least: two addresses in one text are two. Pure, so that training, scoring and the store agree. */
export function destinationsIn(text: string): readonly Destination[] {
  const before = known.get(text)
  if (before !== undefined) return before
  const destinations = classified(text)
  if (text.length > textMax) return destinations
  if (known.size >= knownMax) known.clear()
  known.set(text, destinations)
  return destinations
}

/** The first destination that a text names. */
export const destinationOf = (text: string): Destination => destinationsIn(text)[0] as Destination

/** Its canonical form with its class before it, as tables and people may compare it: `mail:dana@acme.example`, `host:drop.example`. */
export const canonicalDestination = ({ key, kind, file_like }: Destination): string =>
  key === everybody || key === wholeOrganisation
    ? key
    : `${file_like ? 'host' : kind.slice(0, kind.indexOf(':'))}:${key}`

const outside = (key: string, kind: string): Destination => ({ key, kind, external: true, file_like: false })
const inside = (key: string, kind: string): Destination => ({ key, kind, external: false, file_like: false })
const everybodyDestination = [outside(everybody, everybody)]
const organisationDestination = [inside(wholeOrganisation, wholeOrganisation)]

function classified(text: string): readonly Destination[] {
  // What nobody sees makes no other place.
  const given = text.replace(/[\p{Cf}]|(?!\s)\p{Cc}/gu, '').trim()
  if (isEverybody(given)) return everybodyDestination
  const lower = given.toLowerCase()
  if (lower === wholeOrganisation) return organisationDestination
  const several = listOf(given)
  if (several !== null) return several
  const addressed = byScheme(given, lower)
  if (addressed !== null) return addressed
  if (lower.includes('@')) {
    const mails = /^[^\s@]+@[^\s@/:]+:[^\s@]/.test(lower) ? [] : mailAddressesOf(lower)
    if (mails.length > 0) return mails.map(ofMail)
  }
  const known = bareHost(lower) ?? phoneOf(lower) ?? accountOf(lower)
  return known === null ? (insideOf(given) ?? [nameOf(lower)]) : [known]
}

/** Longer texts are no place with a quote around it. */
const withinMax = 512

/** A place with something around it; null where there is none, or it leads nowhere outside. */
function insideOf(given: string): readonly Destination[] | null {
  const within = given.length > withinMax ? null : placeWithin(given)
  const found = within === null || placeWithin(within) === given ? [] : classified(within)
  return found.some(({ external }) => external) ? found : null
}

/** Places of one text that are kept. */
const listedMax = 64

/** Several hosts, or several URLs, in one text, whatever separates them. Null where a part is anything else. */
function listOf(given: string): readonly Destination[] | null {
  const parts = given.split(/[\s,;|]+/).filter((part) => part !== '')
  if (parts.length < 2 || given.includes('@')) return null
  const isUrl = parts.map((part) => /^[a-z][a-z0-9+.-]*:\/\//i.test(part))
  if (isUrl.includes(true) && isUrl.includes(false)) return null
  const places = parts.map((part) => {
    const lower = part.toLowerCase()
    const host = isUrl[0] === true ? null : bareHost(lower)
    return isUrl[0] === true ? byScheme(part, lower) : host === null ? null : [host]
  })
  if (places.includes(null)) return null
  const found = new Map(places.flatMap((of) => of ?? []).map((of) => [canonicalDestination(of), of]))
  return [...found.values()].slice(0, listedMax)
}

/** What says by its beginning what it is: a scheme, an ARN, a share of a host. Null where nothing does. */
function byScheme(given: string, lower: string): readonly Destination[] | null {
  const [, scheme, rest = ''] = /^(?:jdbc:)?([a-z][a-z0-9+.-]*):(.*)$/s.exec(lower) ?? []
  if (scheme === undefined) {
    const share = /^(?:\\\\|\/\/)(?![.?][\\/])([^\\/@]+)(?:@ssl)?(?:@\d+)?(?:[\\/]|$)/.exec(lower)
    const host = share === null ? null : hostNameOf(share[1] as string)
    // Two slashes before a word are a path written carelessly; two backslashes always name a host.
    return host === null || (lower.startsWith('/') && !host.is_public_name && !host.is_address) ? null : [ofHost(host)]
  }
  if (scheme === 'arn') return ofArn(given)
  if (/^(mailto|sips?|xmpp|im)$/.test(scheme)) {
    const mails = mailtoAddressesOf(given)
    if (mails.length > 0) return mails.map(ofMail)
  }
  if (/^(tel|sms|callto|whatsapp|fax)$/.test(scheme)) {
    const phone = phoneOf(`+${rest.split(/[;?]/)[0]?.replace(/^(\/\/)?(\+|00)?/, '')}`)
    return phone === null ? null : [phone]
  }
  if (/^(https?|wss?|ftp)$/.test(scheme)) return urlOf(`http:${rest}`)
  return rest.startsWith('//') ? ofAuthority(scheme, rest.slice(2)) : null
}

/** By the URL standard: any number of slashes of either kind, tabs within, and users before the host. */
function urlOf(text: string): readonly Destination[] | null {
  if (!URL.canParse(text)) return null
  const { hostname, pathname } = new URL(text)
  const host = hostNameOf(hostname)
  return host === null ? null : [bucketOfUrl(host.name, pathname) ?? ofHost(host)]
}

const clouds: Readonly<Record<string, string>> = { s3: 's3', s3a: 's3', s3n: 's3', gs: 'gs', gcs: 'gs', oss: 'oss' }

function ofAuthority(scheme: string, rest: string): readonly Destination[] | null {
  // Some drivers write settings behind a semicolon, and several hosts with commas.
  const authority = rest.split(/[/?#\\;]/, 1)[0] ?? ''
  const cloud = clouds[scheme]
  if (cloud !== undefined && authority !== '') return [ofBucket(cloud, authority)]
  const hosts = authority.split(',').map(hostNameOf)
  const found = hosts.slice(0, listedMax).filter((host) => host !== null)
  return found.length === 0 || found.length < Math.min(hosts.length, listedMax)
    ? null
    : found.map((host) => ofHost(host))
}

const ofBucket = (cloud: string, bucket: string): Destination => outside(`${cloud}://${bucket}`, `bucket:${cloud}`)

/** A bucket under the address of its cloud is the bucket, however it is reached. */
function bucketOfUrl(host: string, path: string): Destination | null {
  const [, named] = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?$/.exec(host) ?? []
  if (named !== undefined) return ofBucket('s3', named)
  const [, google] = /^(.+)\.storage\.googleapis\.com$/.exec(host) ?? []
  if (google !== undefined) return ofBucket('gs', google)
  const first = path.split('/')[1]?.toLowerCase() ?? ''
  if (first === '') return null
  if (/^s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?$/.test(host)) return ofBucket('s3', first)
  return /^storage\.(googleapis|cloud\.google)\.com$/.test(host) ? ofBucket('gs', first) : null
}

/** `arn:aws:iam::210987654321:root`: the account that owns it; of a bucket, which names none, the bucket. */
function ofArn(given: string): readonly Destination[] | null {
  const [, , service, , owner = '', ...rest] = given.toLowerCase().split(':')
  if (/^\d{12}$/.test(owner)) return [ofAccount(owner)]
  const named = rest.join(':')
  if (service === 's3' && named !== '') return [ofBucket('s3', named.split('/')[0] ?? named)]
  return null
}

const ofMail = ({ key, domain, is_inside }: MailAddress): Destination =>
  is_inside ? inside(key, `mail:${domain}`) : outside(key, `mail:${domain}`)

function ofHost(host: HostName, isFileLike = false): Destination {
  const { name, site, is_address, is_inside } = host
  if (isFileLike) return { ...outside(name, `file:${name.slice(name.lastIndexOf('.') + 1)}`), file_like: true }
  const kind = `${is_address ? 'ip' : 'host'}:${site}`
  return is_inside ? inside(name, kind) : outside(name, kind)
}

/** A host or address without a scheme, perhaps with a port, a path, a user (`git@host:path`). Null where it is none. */
function bareHost(lower: string): Destination | null {
  const network = addressBlockOf(lower)
  if (network !== null) return ofNetwork(network)
  const bracketed = /^\[[0-9a-f:.%]+\](?::\d+)?(?:\/|$)/.test(lower)
  const authority =
    isIP(lower) === 6 || bracketed ? (lower.split('/', 1)[0] ?? '') : (/^[^/:?#\\]+/.exec(lower)?.[0] ?? '')
  const after = lower.slice(authority.length)
  if (isIP(authority) !== 0 || bracketed) {
    const address = hostNameOf(authority)
    return address === null ? null : ofHost(address)
  }
  const name = authority.slice(authority.lastIndexOf('@') + 1)
  if (!hostLike.test(name)) return null
  const host = hostNameOf(name)
  if (host === null || host.is_address) return null
  const hasPort = /^:\d{1,5}(\/|$)/.test(after)
  if (!host.is_public_name && !hasPort && name === authority) return null
  const isBare = after === '' && name === authority && !lower.startsWith('www.')
  return ofHost(host, isBare && fileEnding.test(host.name))
}

function ofNetwork({ address, bits }: { readonly address: HostName; readonly bits: number }): Destination {
  if (isWholeInternet(address.name, bits)) return outside(everybody, everybody)
  const host = ofHost(address)
  const isOne = bits === (address.name.includes(':') ? 128 : 32)
  return isOne ? host : { ...host, key: `${host.key}/${bits}` }
}

/** E.164: a plus, then 7 to 15 digits, whatever groups them. */
function phoneOf(lower: string): Destination | null {
  // Two noughts before a grouped number are the plus of most of the world; ten digits and more without groups may be an account.
  if (!/^(?:\+|00(?=\d{1,3}[\s().\-/]))[\d\s().\-/\u00a0\u2010-\u2015]+$/.test(lower)) return null
  const digits = lower.replace(/^00/, '').replace(/\(0\)|\D/g, '')
  return digits.length < 7 || digits.length > 15 ? null : outside(`+${digits}`, `phone:${digits.slice(0, 2)}`)
}

function accountOf(lower: string): Destination | null {
  const compact = lower.replace(/[\s-]/g, '')
  return account.test(compact) ? ofAccount(compact) : null
}

const ofAccount = (number: string): Destination => outside(number, `account:${number.slice(0, 2)}`)

function nameOf(lower: string): Destination {
  if (/[/\\]/.test(lower))
    return inside(lower, `path:${lower.slice(0, Math.max(lower.lastIndexOf('/'), lower.lastIndexOf('\\')))}`)
  const ending = /\.([a-z0-9]{1,8})$/.exec(lower)
  if (ending) return inside(lower, `file:${ending[1]}`)
  if (/[0-9]/.test(lower)) return inside(lower, `id:${shapeOf(lower)}`)
  return inside(lower, `name:${Math.min(3, lower.split(/\s+/).length)}`)
}
