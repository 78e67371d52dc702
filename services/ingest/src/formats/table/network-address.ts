import { isIP } from 'node:net'
import { chosenText } from '@straylight/schemas/within-bounds'
import type { JsonObject } from '../../record/field-reader.ts'
import { compileSource, type Source, type SourceFunction } from './source.ts'

/** Who called, where a log names nobody: the address without its port, which is another one for each connection. */
export function callerAddress(source: Source): SourceFunction {
  const { read } = compileSource(source)
  return (record: JsonObject) => {
    const found = addressOf(read(record))
    return found === undefined ? undefined : 'ip' in found ? found.ip : found.host
  }
}

/** Shared between events: never changed. */
export type Address = { readonly ip: string } | { readonly host: string }

/** An address or a host's name, without the port that proxies write behind it. */
export function addressOf(value: unknown): Address | undefined {
  if (typeof value !== 'string' || value === '' || value === '-') return undefined
  const before = knownAddresses.get(value)
  if (before !== undefined) return before
  const address = readAddress(value)
  if (address === undefined || value.length > knownLengthMax) return address
  if (knownAddresses.size >= knownMax) knownAddresses.clear()
  knownAddresses.set(value, address)
  return address
}

/** Addresses kept as they were read: agents call from few. */
const knownMax = 1_000
const knownLengthMax = 64
const knownAddresses = new Map<string, Address>()

function readAddress(value: string): Address | undefined {
  // Of a chain of proxies the first is the caller.
  const text = (value.split(',', 1)[0] ?? '').trim()
  if (isIP(text) !== 0) return { ip: text }
  const [, inBrackets, beforePort] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(text) ?? []
  const bare = inBrackets ?? beforePort ?? text
  if (isIP(bare) !== 0) return { ip: bare }
  const host = chosenText(bare, 512)
  return host === '' ? undefined : { host }
}
