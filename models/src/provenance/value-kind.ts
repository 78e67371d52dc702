/**
 * Kinds of values that look like identifiers, and how one of them is written for its hash: a function of the value alone, so that one
 * literal has one kind and one hash wherever it stands. The letters are those of `kind:hash` in docs/inputs.md.
 */
export type ValueKind = 'e' | 'u' | 'a' | 'p' | 'n' | 'd' | 'x'

/** Longest value that is one: what is longer is text, of which only the parts that look like identifiers count. */
export const valueCharactersMax = 512
const nameCharactersMax = 64
const nameWordsMax = 4

/** Endings of files, which look like hosts. */
const fileEnding =
  /\.(?:pdf|txt|csv|tsv|json|jsonl|md|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|py|tsx?|jsx?|mjs|java|go|rs|rb|php|sh|html?|css|zip|gz|tar|log|xml|ya?ml|toml|sql|db|parquet|env|ini|conf|eml)$/

/**
 * A value as it is compared: one form of letters, case and space, without quotes and stops around it, without scheme and `www.`, with
 * numbers spelled in one way.
 */
export function normalisedValue(value: string): string {
  const text = value
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .replace(/^[\s"'`([{<.,;:!?*]+/u, '')
    .replace(/[\s"'`)\]}>.,;:!?*]+$/u, '')
  if (/^\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?$/.test(text)) return withoutZeros(text.replace(/[ ,]/g, ''))
  if (/^-?\d+\.\d+$/.test(text)) return withoutZeros(text)
  return text
    .replace(/^(?:mailto:|tel:)|^[a-z][a-z0-9+.-]{0,20}:\/\//, '')
    .replace(/^www\./, '')
    .replace(/(?<=[^/])\/$/, '')
}

const withoutZeros = (number: string): string => number.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')

/** The kind of a normalised value; `null` where it is text, or nothing. `hadScheme`: a scheme stood before it. */
export function valueKind(value: string): ValueKind | null {
  if (value === '' || value.length > valueCharactersMax) return null
  if (/\s/.test(value)) return spacedKind(value)
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(value)) return 'e'
  if (/^\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?$/.test(value)) return 'u'
  if (isDate(value)) return 'd'
  if (isAccount(value)) return 'a'
  if (/^-?\d+(?:\.\d+)?%?$/.test(value)) return 'd'
  if (/^(?:[a-z0-9_-]+\.)+[a-z]{2,24}(?::\d+)?(?:[/?#].*)?$/.test(value))
    return fileEnding.test(value) && !/[/?#:]/.test(value) ? 'p' : 'u'
  if (/[/\\]/.test(value)) return 'p'
  return value.length > 24 || (value.length >= 12 && /\d/.test(value) && /[a-z]/.test(value)) ? 'x' : 'n'
}

/** What has spaces in it: a number or an account in groups, a short name, or text. */
function spacedKind(value: string): ValueKind | null {
  const joined = value.replace(/ /g, '')
  if (/^\+?[\d ()-]{6,24}$/.test(value) || /^[a-z]{2}\d{2}[a-z0-9 ]{10,40}$/.test(value))
    return isAccount(joined.replace(/[()]/g, '')) ? 'a' : 'd'
  return value.length <= nameCharactersMax && value.split(' ').length <= nameWordsMax ? 'n' : null
}

const isDate = (value: string): boolean =>
  /^\d{4}-\d{1,2}(?:-\d{1,2})?(?:t[\d:.]+(?:z|[+-]\d\d:?\d\d)?)?$/.test(value) ||
  /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$/.test(value) ||
  /^\d{1,2}:\d\d(?::\d\d)?$/.test(value)

/** An IBAN, a hexadecimal address, or six digits and more however they are grouped. */
const isAccount = (value: string): boolean =>
  /^[a-z]{2}\d{2}[a-z0-9]{10,30}$/.test(value) ||
  /^0x[0-9a-f]{8,}$/.test(value) ||
  (/^\+?[\d-]+$/.test(value) && value.replace(/\D/g, '').length >= 6)

/** A value with what stands inside it and is compared, too: the host of an address, the last name of a path. */
export function withParts(value: string, kind: ValueKind): readonly string[] {
  if (kind === 'u') {
    const host = value.split(/[/?#:]/, 1)[0] ?? ''
    return host === '' || host === value ? [value] : [value, host]
  }
  if (kind === 'p') {
    const base = value.split(/[/\\]/).at(-1) ?? ''
    return base === '' || base === value ? [value] : [value, base]
  }
  // Groups say nothing: an account is one with or without them.
  return [kind === 'a' ? value.replace(/[ ()-]/g, '') : value]
}
