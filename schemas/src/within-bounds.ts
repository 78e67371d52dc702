import { cutWithHash } from './cut-text.ts'

/**
 * Brings what the acting agent itself chose into its bounds instead of refusing the event for it: the tool's name, the action,
 * session, trace, privilege, resource, destinations, argument names and hashed values. A hijacked agent must not hide a call by
 * a tool's name of 700 characters, an address with a line break in it, or an argument without a name. What is cut keeps a hash of its
 * rest. Wrong types stay as they are, for the schema to refuse, and so does what the sender's own system chose.
 */
export function withinBounds(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const changed: Record<string, unknown> = {}
  for (const [field, { characters, named }] of chosenTexts) {
    const given = event[field]
    const tamed = given === '' && named ? nameless : chosenText(given, characters)
    if (tamed !== given) changed[field] = tamed
  }
  for (const [field, { items, characters }] of chosenLists) {
    const tamed = tameList(event[field], items, characters)
    if (tamed !== event[field]) changed[field] = tamed
  }
  const values = tameValues(event.argument_values)
  if (values !== event.argument_values) changed.argument_values = values
  return Object.keys(changed).length === 0 ? event : { ...event, ...changed }
}

const longTextMax = 2048
const nameMax = 512
const namesMax = 64
const valuesMax = 64
const valueMax = 80

/** Stands for a name of which nothing printable is left: a call without a name is a call all the same. */
const nameless = 'unnamed'

/** Texts, with the most characters that are kept. `named`: an empty one is a call without a name, not an unknown one. */
const chosenTexts: readonly [string, { characters: number; named: boolean }][] = [
  ['tool', { characters: nameMax, named: true }],
  ['action', { characters: nameMax, named: true }],
  ['session', { characters: nameMax, named: false }],
  ['trace', { characters: nameMax, named: false }],
  ['privilege', { characters: nameMax, named: false }],
  ['resource', { characters: longTextMax, named: false }],
]

/** Lists of texts, with the most items and characters that are kept. */
const chosenLists: readonly [string, { items: number; characters: number }][] = [
  ['destinations', { items: 64, characters: longTextMax }],
  ['argument_names', { items: namesMax, characters: nameMax }],
  ['result_values', { items: 256, characters: valueMax }],
  ['request_values', { items: 256, characters: valueMax }],
  ['context_values', { items: 256, characters: valueMax }],
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

function tameList(value: unknown, items: number, characters: number): unknown {
  if (!Array.isArray(value)) return value
  const list: unknown[] = value.length > items ? value.slice(0, items) : value
  const fits = list === value && list.every((item) => item !== '' && chosenText(item, characters) === item)
  return fits ? value : list.map((item) => chosenText(item, characters)).filter((item) => item !== '')
}

function tameValues(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  const tamed = entries
    .slice(0, namesMax)
    .map(([name, list]): [string, unknown] => [argumentName(name), tameList(list, valuesMax, valueMax)])
  const same =
    tamed.length === entries.length &&
    tamed.every(([name, list], at) => name === entries[at]?.[0] && list === entries[at]?.[1])
  return same ? value : joined(tamed)
}

/** `__proto__` names no argument in JavaScript, so it gets a name of its own. */
const argumentName = (name: string): string =>
  name === '__proto__' ? '__proto__ (an argument)' : String(chosenText(name, nameMax)) || nameless

/** Two names that became one keep the values of both: the second must not hide those of the first. */
function joined(entries: readonly [string, unknown][]): Record<string, unknown> {
  const named = new Map<string, unknown>()
  for (const [name, list] of entries) {
    const before = named.get(name)
    const both = Array.isArray(before) && Array.isArray(list) ? [...before, ...list].slice(0, valuesMax) : list
    named.set(name, before === undefined || Array.isArray(before) ? both : before)
  }
  return Object.fromEntries(named)
}
