import { createHmac } from 'node:crypto'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { normalisedValue, valueCharactersMax, valueKind, withParts } from './value-kind.ts'

/** Keyed hashes of what a call was given and what it gave back: `kind:hash`, in the order in which the values stand. */
export interface ValueHasher {
  /** Of each argument by its name; `null` where the arguments are no object, so that nothing is known of them. */
  arguments(content: unknown): Record<string, string[]> | null
  /** Of an output, a request or a context. */
  values(content: unknown): string[]
}

/** Values that are looked at in one content, and characters of its texts: what is beyond is said to be cut. */
const [valuesMax, charactersMax] = [1_024, 256 * 1024]
/** Values that one content gives; more stand as the schema's `more:`. */
const givenMax = 512
const argumentsMax = 64
const depthMax = 12
/** Words of a text of which pairs and threes in capitals are names. */
const nameTextCharactersMax = 4_000
const cutValue = 'more:cut'

/**
 * A hasher whose hashes only who has `key` can compare: HMAC-SHA256, of which 64 bits are kept. One key a deployment and tenant: hashes of
 * two tenants are never equal. Source of kinds and normalisation: docs/inputs.md, "Provenance without content".
 */
export function createValueHasher(key: string, tenant: string): ValueHasher {
  const secret = createHmac('sha256', key).update(`straylight values 1\n${tenant}`).digest()
  const hashOf = (value: string): string => createHmac('sha256', secret).update(value).digest('hex').slice(0, 16)
  return {
    arguments(content) {
      const fields = parsed(content)
      if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return null
      const named: Record<string, string[]> = Object.create(null)
      for (const [name, value] of Object.entries(fields).slice(0, argumentsMax)) named[name] = hashed(value, hashOf)
      return { ...named }
    },
    values: (content) => hashed(parsed(content), hashOf),
  }
}

/** JSON where a text is some, else the text itself. */
function parsed(content: unknown): unknown {
  if (typeof content !== 'string' || content.length > charactersMax || !/^\s*[[{"]/.test(content)) return content
  return parsedJson(content) ?? content
}

function hashed(content: unknown, hashOf: (value: string) => string): string[] {
  const found = new ValuesFound()
  found.add(content, 0)
  const hashes: string[] = []
  for (const [value, kind] of found.values) hashes.push(`${kind}:${hashOf(`${kind}\n${value}`)}`)
  return found.isCut ? [...hashes.slice(0, givenMax - 1), cutValue] : hashes
}

/** Collects the values of one content, each once. */
class ValuesFound {
  readonly values = new Map<string, string>()
  isCut = false
  private charactersLeft = charactersMax
  private looked = 0

  add(content: unknown, depth: number): void {
    if (this.looked++ > valuesMax || depth > depthMax || this.values.size >= givenMax) this.isCut = true
    else if (typeof content === 'string') this.addText(content)
    else if (typeof content === 'number') this.addWhole(String(content))
    else if (Array.isArray(content)) for (const item of content) this.add(item, depth + 1)
    else if (typeof content === 'object' && content !== null)
      for (const item of Object.values(content)) this.add(item, depth + 1)
  }

  private addText(given: string): void {
    const text = given.length > this.charactersLeft ? given.slice(0, this.charactersLeft) : given
    this.isCut ||= text.length < given.length
    this.charactersLeft -= text.length
    const isWhole = text.length <= valueCharactersMax && this.addWhole(text)
    // A short name may hold identifiers, too: `product id P025`.
    if (!isWhole || /\s/.test(text.trim())) this.addParts(text)
  }

  private addWhole(text: string): boolean {
    const value = normalisedValue(text)
    const kind = valueKind(value)
    if (kind === null) return false
    for (const part of withParts(value, kind)) this.keep(part, part === value ? kind : (valueKind(part) ?? kind))
    return true
  }

  /** The words of a text that look like identifiers by themselves, and in a short one what is written like a name. */
  private addParts(text: string): void {
    for (const word of text.split(/[\s"'`<>()[\]{}|,;]+/u)) {
      if (word.length < 3 || word.length > valueCharactersMax) continue
      const value = normalisedValue(word)
      const kind = valueKind(value)
      const isTelling = kind !== null && kind !== 'd' && (kind !== 'n' || /\d/.test(value))
      if (isTelling)
        for (const part of withParts(value, kind)) this.keep(part, part === value ? kind : (valueKind(part) ?? kind))
    }
    if (text.length > nameTextCharactersMax) return
    for (const [name] of text.matchAll(/\p{Lu}[\p{L}\p{M}'-]+(?: \p{Lu}[\p{L}\p{M}'-]+){1,3}/gu)) this.addWhole(name)
  }

  private keep(value: string, kind: string): void {
    if (this.values.has(value)) return
    if (this.values.size >= givenMax) this.isCut = true
    else this.values.set(value, kind)
  }
}
