import { lookup } from 'node:dns/promises'
import { StraylightError } from '@straylight/schemas/straylight-error'
import ipaddr from 'ipaddr.js'

/** An address a webhook may be sent to, resolved once: the connection goes there and nowhere else. */
export interface WebhookAddress {
  readonly address: string
  readonly family: 4 | 6
}

export type Resolve = (host: string) => Promise<readonly { address: string; family: number }[]>

const lookUp: Resolve = (host) => lookup(host, { all: true })

/**
 * One lookup of a name at a time, whose answer all take that ask meanwhile: a name server that hangs holds one thread a
 * webhook and not one a message, since threads are what the store and the log work with.
 */
export function resolveTogether(resolve: Resolve = lookUp): Resolve {
  const asked = new Map<string, ReturnType<Resolve>>()
  return (host) => {
    const answer = asked.get(host) ?? resolve(host).finally(() => asked.delete(host))
    asked.set(host, answer)
    return answer
  }
}

/** The webhook's URL points where respond must not send; the message says why. */
export class ForbiddenAddress extends StraylightError {
  override readonly name = 'ForbiddenAddress'
  override readonly code = 'forbidden_address'
}

/**
 * Where to connect for a URL. Keeps messages out of the inside of the network (server-side request forgery): https
 * only, and public addresses only, unless the policy allows private ones. A name with one private address among public
 * ones is refused: the next lookup could pick it.
 */
export async function webhookAddress(
  url: URL,
  allowPrivate: boolean,
  resolve: Resolve = lookUp,
): Promise<WebhookAddress> {
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    throw new ForbiddenAddress('https only, unless the webhook sets allow_private: then http too')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = ipaddr.isValid(host) ? [{ address: host, family: host.includes(':') ? 6 : 4 }] : await resolve(host)
  const first = addresses[0]
  if (first === undefined) throw new ForbiddenAddress(`${host} has no address`)
  const inside = addresses.find(({ address }) => !isPublic(address))
  if (inside !== undefined && !allowPrivate) {
    throw new ForbiddenAddress(`${host} is ${inside.address}, not a public address: set allow_private if that is meant`)
  }
  return { address: first.address, family: first.family === 6 ? 6 : 4 }
}

/** `process` unwraps IPv4 in IPv6, which would otherwise be a way around. */
function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}
