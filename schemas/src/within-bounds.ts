import { hash } from 'node:crypto'
import { cutWithHash } from './cut-text.ts'

/**
 * Brings what the acting agent itself chose into its bounds instead of refusing the event for it: the tool's name, the action,
 * session, trace, privilege, resource, destinations, argument names, hashed values and the scopes it asked for. A hijacked agent
 * must not hide a call by a tool's name of 700 characters, an address with a line break in it, an argument without a name, or a
 * place behind 64 others. What is cut keeps a hash of its rest. Wrong types stay as they are, for the schema to refuse, and so
 * does what the sender's own system chose.
 */
export function withinBounds(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const changed: Record<string, unknown> = {}
  for (const [field, { characters, named }] of chosenTexts) {
    const given = event[field]
    const tamed = given === '' ? named : chosenText(given, characters)
    if (tamed !== given) changed[field] = tamed
  }
  for (const [field, bounds] of chosenLists) {
    const tamed = tameList(event[field], bounds)
    if (tamed !== event[field]) changed[field] = tamed
  }
  const values = tameValues(event.argument_values)
  if (values !== event.argument_values) changed.argument_values = values
  const credential = tameScopes(event.credential)
  if (credential !== event.credential) changed.credential = credential
  return Object.keys(changed).length === 0 ? event : { ...event, ...changed }
}

const longTextMax = 2048
const nameMax = 512
const namesMax = 64
const valuesMax = 64
const valueMax = 80

/** Stands for a name of which nothing printable is left: a call without a name is a call all the same. */
const nameless = 'unnamed'

/** Texts, with the most characters that are kept, and what an empty one becomes: a call without a name, or unknown. */
const chosenTexts: readonly [string, { characters: number; named: string | undefined }][] = [
  ['tool', { characters: nameMax, named: nameless }],
  ['action', { characters: nameMax, named: nameless }],
  ['session', { characters: nameMax, named: undefined }],
  ['trace', { characters: nameMax, named: undefined }],
  ['privilege', { characters: nameMax, named: undefined }],
  ['resource', { characters: longTextMax, named: '' }],
]

interface ListBounds {
  readonly items: number
  readonly characters: number
  /** Stands before the hash that stands for all items beyond the bound. */
  readonly rest: string
}

const names: ListBounds = { items: namesMax, characters: nameMax, rest: 'more…#' }
const hashedValues = (items: number): ListBounds => ({ items, characters: valueMax, rest: 'more:' })

/** Lists of texts, with the most items and characters that are kept. */
const chosenLists: readonly [string, ListBounds][] = [
  ['destinations', { items: 64, characters: longTextMax, rest: 'more…#' }],
  ['argument_names', names],
  ['result_values', hashedValues(256)],
  ['request_values', hashedValues(256)],
  ['context_values', hashedValues(256)],
]

/** Control characters and half surrogate pairs, which no name may hold. */
const unprintables = /[\p{Cc}\p{Cs}]+/gu

/**
 * A text that the acting agent chose, in its bounds: what cannot be printed becomes a space, what is too long is cut and keeps a
 * hash of its rest. Anything but a text stays as it is.
 */
export function chosenText<Value>(value: Value, characters: number): Value | string {
  if (typeof value !== 'string' || (value.length <= characters && isPlain(value))) return value
  return cutWithHash(value.replace(unprintables, ' ').trim(), characters) || nameless
}

/** Neither control characters nor surrogates: nearly every text, and told several times faster than by the expression. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || (unit >= 0xd800 && unit < 0xe000)) return false
  }
  return true
}

function tameList(value: unknown, { items, characters, rest }: ListBounds): unknown {
  if (!Array.isArray(value)) return value
  const list: unknown[] = value
  const fits = list.length <= items && list.every((item) => item !== '' && chosenText(item, characters) === item)
  if (fits) return value
  const tamed = list.map((item) => chosenText(item, characters)).filter((item) => item !== '')
  return tamed.length > items ? [...tamed.slice(0, items - 1), restOf(tamed.slice(items - 1), rest)] : tamed
}

/**
 * One item for all that find no room, named by what they are: a list that the agent has filled up with what it usually does is
 * not the usual list, and what it put last must not be what nobody looks at.
 */
const restOf = (items: readonly unknown[], before: string): string =>
  `${before}${hash('sha256', JSON.stringify(items), 'hex').slice(0, 12)}`

function tameValues(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  const tamed = entries.map(([name, list]): [string, unknown] => [
    argumentName(name),
    tameList(list, hashedValues(valuesMax)),
  ])
  const same =
    tamed.length <= namesMax &&
    tamed.every(([name, list], at) => name === entries[at]?.[0] && list === entries[at]?.[1])
  return same ? value : joined(withinNames(tamed))
}

/** Arguments beyond the bound become one, whose name says that it is another one and which holds a value for all of theirs. */
function withinNames(entries: readonly [string, unknown][]): readonly [string, unknown][] {
  if (entries.length <= namesMax) return entries
  const rest = entries.slice(namesMax - 1)
  return [
    ...entries.slice(0, namesMax - 1),
    [
      restOf(
        rest.map(([name]) => name),
        names.rest,
      ),
      [restOf(rest, 'more:')],
    ],
  ]
}

/** What scopes a credential has, the agent asked for; whose it is, its issuer says. */
function tameScopes(credential: unknown): unknown {
  if (typeof credential !== 'object' || credential === null || !('scopes' in credential)) return credential
  const scopes = tameList(credential.scopes, names)
  return scopes === credential.scopes ? credential : { ...credential, scopes }
}

/** `__proto__` names no argument in JavaScript, so it gets a name of its own. */
const argumentName = (name: string): string =>
  name === '__proto__' ? '__proto__ (an argument)' : String(chosenText(name, nameMax)) || nameless

/** Two names that became one keep the values of both: the second must not hide those of the first. */
function joined(entries: readonly [string, unknown][]): Record<string, unknown> {
  const named = new Map<string, unknown>()
  for (const [name, list] of entries) {
    const before = named.get(name)
    const both =
      Array.isArray(before) && Array.isArray(list) ? tameList([...before, ...list], hashedValues(valuesMax)) : list
    named.set(name, before === undefined || Array.isArray(before) ? both : before)
  }
  return Object.fromEntries(named)
}
