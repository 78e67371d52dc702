import { ConsoleProblem } from '../console-problem.ts'

/** One term of a search: `field:value`, or a word (field `null`); `not`: must not hold. */
export interface SearchTerm {
  readonly field: string | null
  readonly value: string
  readonly not: boolean
}

const termsMax = 30
const form = /(-?)(?:([a-z_]+):)?(?:"((?:[^"\\]|\\.)*)"|(\S+))/g

/**
 * Terms of a search such as `agent:billing* -severity:low "HR system"`. Quotes hold spaces together, `\"` and `\\` within them stand for
 * themselves, `*` is any text. Throws `bad_request` for a field that is not among `fields`, and for a value that none of the known ones of its
 * field is (`known`; a field that it does not name takes any); an address such as `https://x` is a word.
 */
export function searchTerms(
  search: string | undefined,
  fields: readonly string[],
  known: Readonly<Record<string, readonly string[]>> = {},
): readonly SearchTerm[] {
  const terms = [...(search ?? '').matchAll(form)].map(([, minus, field, quoted, word = '']): SearchTerm => {
    const value = quoted === undefined ? word : quoted.replace(/\\(.)/gs, '$1')
    const not = minus === '-'
    if (field === undefined) return { field: null, value, not }
    if (fields.includes(field)) return withKnownValue({ field, value, not }, known[field])
    if (value.startsWith('//')) return { field: null, value: `${field}:${value}`, not }
    throw new ConsoleProblem(
      'bad_request',
      `"${field}" is no field to search by: expected one of ${fields.join(', ')}.`,
    )
  })
  if (terms.length <= termsMax) return terms
  throw new ConsoleProblem('bad_request', `A search has ${termsMax} terms at most; this one has ${terms.length}.`)
}

function withKnownValue(term: SearchTerm, known: readonly string[] | undefined): SearchTerm {
  if (known === undefined || known.some((value) => termMatches(term, value))) return term
  const expected = known.map((value) => (value === '' ? '""' : value)).join(', ')
  throw new ConsoleProblem('bad_request', `"${term.value}" is no ${term.field} there is: expected one of ${expected}.`)
}

/** Whether a text is what a term asks for, whatever its case: the whole of it, with `*` for any text; a word may stand anywhere in it. */
export function termMatches({ field, value }: SearchTerm, text: string): boolean {
  const pieces = value.toLowerCase().split('*')
  const whole = text.toLowerCase()
  if (field === null) return inOrder(pieces, whole)
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)]
  if (pieces.length === 1) return whole === first
  if (!whole.startsWith(first) || !whole.endsWith(last) || whole.length < first.length + last.length) return false
  return inOrder(pieces.slice(1, -1), whole.slice(first.length, whole.length - last.length))
}

function inOrder(pieces: readonly string[], text: string): boolean {
  let from = 0
  for (const piece of pieces) {
    const at = text.indexOf(piece, from)
    if (at < 0) return false
    from = at + piece.length
  }
  return true
}

/** The same as a pattern of ClickHouse's ILIKE. */
export function likePattern({ field, value }: SearchTerm): string {
  const pattern = value.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
  return field === null ? `%${pattern}%` : pattern
}
