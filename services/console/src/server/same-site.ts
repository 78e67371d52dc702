import type { FastifyRequest } from 'fastify'
import { ConsoleProblem } from '../console-problem.ts'
import { requestHeader } from '../contract/console-fault.ts'

/** Names under which this server may be asked: its own address, and that of what stands in front of it. */
export interface OwnAddress {
  /** `https://straylight.acme.example`, without a stroke at the end; undefined where nothing stands in front. */
  readonly publicUrl: string | undefined
  readonly host: string
  readonly isTls: boolean
}

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(host)

/**
 * Refuses what another site makes a browser send. Three ways, of which each would do: the browser's own word (`Sec-Fetch-Site`), the origin,
 * and a header that neither a form nor a link can set. A loopback server also asks that it be called by a loopback name: a name of somebody
 * else that resolves to 127.0.0.1 is another site.
 */
export function refuseOtherSites(request: FastifyRequest, own: OwnAddress): void {
  const host = request.headers.host ?? ''
  if (!isOwnHost(host, own)) throw refusal(`This server is not called "${host}".`)
  const site = request.headers['sec-fetch-site']
  // `none`: somebody typed the address. Pages may be reached by a link from anywhere; the API never.
  const isApi = request.url.startsWith('/api/')
  if (isApi && site !== undefined && site !== 'same-origin' && site !== 'none')
    throw refusal('It comes from another site.')
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { origin } = request.headers
  if (origin !== undefined && !isOwnOrigin(origin, host, own)) throw refusal('It comes from another site.')
  if (request.headers[requestHeader] !== '1') throw refusal(`The header ${requestHeader}: 1 is missing.`)
}

function isOwnHost(host: string, { publicUrl, host: listens }: OwnAddress): boolean {
  if (publicUrl !== undefined && host === new URL(publicUrl).host) return true
  const name = host.replace(/:\d{1,5}$/, '')
  if (isLoopback(listens)) return loopback.has(name)
  // On all addresses it may be called by any of them; the other ways hold.
  return host !== ''
}

/** A page of the public address is ours under whatever name the proxy in front asks: some pass the name on, others ask for the address inside. */
function isOwnOrigin(origin: string, host: string, { publicUrl, isTls }: OwnAddress): boolean {
  if (publicUrl === undefined) return origin === `${isTls ? 'https' : 'http'}://${host}`
  const { host: name, origin: own } = new URL(publicUrl)
  return origin === own || (host !== name && origin === `${isTls ? 'https' : 'http'}://${host}`)
}

const refusal = (what: string): ConsoleProblem => new ConsoleProblem('cross_site', `The request was refused. ${what}`)
