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

/** An address or a host's name, without the port that proxies write behind it. */
export function addressOf(value: unknown): { ip: string } | { host: string } | undefined {
  if (typeof value !== 'string' || value === '' || value === '-') return undefined
  // Of a chain of proxies the first is the caller.
  const text = (value.split(',', 1)[0] ?? '').trim()
  if (isIP(text) !== 0) return { ip: text }
  const [, inBrackets, beforePort] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(text) ?? []
  const bare = inBrackets ?? beforePort ?? text
  if (isIP(bare) !== 0) return { ip: bare }
  const host = chosenText(bare, 512)
  return host === '' ? undefined : { host }
}
