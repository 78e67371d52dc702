/** The destination of what is opened to everybody: no place, and never a usual one. */
export const everybody = 'public:everyone'

/**
 * The destination of what is opened to all of an organisation and nobody else: no place outside, but none that a person or group is. Formats
 * write it where their system has a name for it.
 */
export const wholeOrganisation = 'organisation:everyone'

/**
 * How systems write everybody, in lower case: AWS grants, S3's canned ACLs and groups, Google's and Kubernetes' members, and the networks
 * that hold all addresses. "All" alone is many things and not among them.
 */
const written: ReadonlySet<string> = new Set([
  everybody,
  ...['*', 'everyone', 'everybody', 'anyone', 'anonymous', 'group:all', 'principal:*', 'aws:*'],
  ...['public-read', 'public-read-write', 'authenticated-read'],
  ...['allusers', 'allauthenticatedusers', 'authenticatedusers', 'domain:*', 'user:*'],
  ...['system:anonymous', 'system:unauthenticated', 'system:authenticated'],
  ...['0.0.0.0/0', '::/0', 'principalset://goog/public:all'],
  ...['any-ipv4', 'any-ipv6'],
])
const groups = /^https?:\/\/acs\.amazonaws\.com\/groups\/global\/(allusers|authenticatedusers)$/

export const isEverybody = (text: string): boolean => {
  const lower = text.toLowerCase()
  return written.has(lower) || groups.test(lower)
}

/** Networks so wide that nobody owns one: two halves of the internet are all of it. */
export const isWholeInternet = (address: string, bits: number): boolean =>
  address.includes(':') ? bits < 16 && !/^f[c-e]/.test(address) : bits < 8
