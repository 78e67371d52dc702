import { cutText } from '@straylight/schemas/cut-text'

/** What a destination is, however it was written: the key compared, its coarser kind, and whether it lies outside. */
export interface Destination {
  /** Normalised form: lower case, without scheme, `www.` and trailing slash. */
  readonly key: string
  /** Coarser form to back off to: `email:domain`, `host:site`, `account:prefix`, `path:folder`, `file:extension`, `id:shape`, `name:words`. */
  readonly kind: string
  /** Mail, host and account leave the house; paths, files, ids and names do not. */
  readonly external: boolean
}

const scheme = /^[a-z][a-z0-9+.-]*:\/\//
const hostLike = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,24}(:\d+)?(\/.*)?$/
/** Endings that are far more often a file's than a host's. */
const fileEnding =
  /\.(csv|txt|pdf|docx?|xlsx?|pptx?|json|ya?ml|xml|html?|md|log|zip|gz|tar|png|jpe?g|gif|svg|sql|db|py|ts|js|mjs|sh|parquet|ini|cfg|conf|bak)$/
const account = /^(0x[0-9a-f]{8,}|[a-z]{2}[0-9]{8,}[a-z0-9]*|(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{24,}|[0-9]{10,})$/

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}(:\d+)?(\/.*)?$/

/** The site: the last two labels of a host's name, an address whole. */
function hostOf(text: string): string {
  const authority = text.split('/')[0] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1).split(':')[0] ?? ''
  return ipv4.test(host) ? host : host.split('.').slice(-2).join('.')
}

/** The shape of an id: runs of letters and digits, digits by rough length (`ORD-1042` is `a-99`). */
function shapeOf(text: string): string {
  const shape = text.replace(/[a-z]+/g, 'a').replace(/[0-9]+/g, (run) => (run.length < 6 ? '99' : '999999'))
  return cutText(shape, 12)
}

/** Answers are kept, for agents go to the same places again and again; whoever invents places only empties the memory. */
const known = new Map<string, Destination>()
const knownMax = 20_000
/** Longer texts are read each time, so that what is kept has a bound in bytes. */
const textMax = 256

/** Classifies one destination by its text alone: pure, so that training, scoring and the store agree. */
export function destinationOf(text: string): Destination {
  const before = known.get(text)
  if (before !== undefined) return before
  const destination = classified(text)
  if (text.length > textMax) return destination
  if (known.size >= knownMax) known.clear()
  known.set(text, destination)
  return destination
}

function classified(text: string): Destination {
  const lower = text.trim().toLowerCase()
  if (lower.includes('@') && !lower.includes(' ') && !scheme.test(lower)) {
    return { key: lower, kind: `email:${lower.slice(lower.lastIndexOf('@') + 1)}`, external: true }
  }
  const bare = lower
    .replace(scheme, '')
    .replace(/^www\./, '')
    .replace(/\/+$/, '')
  const isUrl = scheme.test(lower) || lower.startsWith('www.')
  if (isUrl || ipv4.test(bare) || (hostLike.test(bare) && !fileEnding.test(bare)))
    return { key: bare, kind: `host:${hostOf(bare)}`, external: true }
  const compact = lower.replace(/[\s-]/g, '')
  if (account.test(compact)) return { key: compact, kind: `account:${compact.slice(0, 2)}`, external: true }
  if (lower.includes('/'))
    return { key: lower, kind: `path:${lower.slice(0, lower.lastIndexOf('/'))}`, external: false }
  const ending = /\.([a-z0-9]{1,8})$/.exec(lower)
  if (ending) return { key: lower, kind: `file:${ending[1]}`, external: false }
  if (/[0-9]/.test(lower)) return { key: lower, kind: `id:${shapeOf(lower)}`, external: false }
  return { key: lower, kind: `name:${Math.min(3, lower.split(/\s+/).length)}`, external: false }
}
