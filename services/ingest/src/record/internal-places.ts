import { BlockList, isIP } from 'node:net'
import { canonicalDestination, destinationOf, destinationsIn } from '@straylight/models/event/destination'
import { hostNameOf } from '@straylight/models/event/host-name'
import type { Internal } from '@straylight/schemas/agent'

/** Answers kept, by the destination's text. */
const knownMax = 10_000
const textMax = 256
const nowhere: readonly string[] = []

/** The organisation's own places, as `internal` of the registry names them. */
export class InternalPlaces {
  private readonly domains: ReadonlySet<string>
  private readonly hosts: ReadonlySet<string>
  private readonly networks = new BlockList()
  private readonly others: ReadonlySet<string>
  private readonly isEmpty: boolean
  private readonly known = new Map<string, readonly string[]>()

  constructor(internal: Internal | undefined) {
    this.isEmpty = internal === undefined
    this.domains = namesOf(internal?.domains)
    this.hosts = namesOf(internal?.hosts)
    for (const network of internal?.networks ?? []) this.addNetwork(network)
    const named = [...(internal?.accounts ?? []), ...(internal?.buckets ?? [])]
    this.others = new Set(named.map((text) => destinationOf(text).key))
  }

  private addNetwork(network: string): void {
    const [address = '', bits = ''] = network.split('/')
    this.networks.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }

  /** The canonical forms of those of an event's destinations that are the organisation's own; undefined where none is. */
  among(destinations: readonly string[] | undefined): string[] | undefined {
    if (this.isEmpty || destinations === undefined) return undefined
    const own = new Set<string>()
    for (const text of destinations) for (const form of this.ownIn(text)) own.add(form)
    return own.size === 0 ? undefined : [...own].slice(0, 64)
  }

  private ownIn(text: string): readonly string[] {
    const before = this.known.get(text)
    if (before !== undefined) return before
    const own = destinationsIn(text).filter((destination) => this.has(destination))
    const forms = own.length === 0 ? nowhere : own.map(canonicalDestination)
    if (text.length > textMax) return forms
    if (this.known.size >= knownMax) this.known.clear()
    this.known.set(text, forms)
    return forms
  }

  private has({ key, kind, file_like }: ReturnType<typeof destinationOf>): boolean {
    const sort = file_like ? 'host' : kind.slice(0, kind.indexOf(':'))
    if (sort === 'mail') return this.hasHost(key.slice(key.lastIndexOf('@') + 1))
    if (sort === 'host') return this.hasHost(key)
    if (sort === 'ip') return this.hasAddress(key.split('/')[0] ?? key)
    return (sort === 'account' || sort === 'bucket') && this.others.has(key)
  }

  private hasHost(host: string): boolean {
    if (isIP(host) !== 0) return this.hasAddress(host)
    if (this.hosts.has(host)) return true
    for (let from = 0; from >= 0; from = host.indexOf('.', from + 1))
      if (this.domains.has(host.slice(from === 0 ? 0 : from + 1))) return true
    return false
  }

  private hasAddress(address: string): boolean {
    return this.hosts.has(address) || this.networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
}

const namesOf = (names: readonly string[] = []): ReadonlySet<string> =>
  new Set(names.map((name) => hostNameOf(name.replace(/^\./, ''))?.name ?? name))
