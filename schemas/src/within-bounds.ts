import { hash } from 'node:crypto'
import { cutWithHash } from './cut-text.ts'

/**
 * Brings what the acting agent itself chose into its bounds instead of refusing the event for it: the tool's name, the action,
 * session, trace, privilege, resource, destinations, argument names, hashed values and the scopes it asked for. A hijacked agent
 * must not hide a call by a tool's name of 700 characters, an address with a line break in it, an argument without a name, or a
 * place behind 64 others. What is cut keeps a hash of its rest. Neither does a wrong type in them hide the call: a text or a name of that
 * type is left out, in a list something stands for what cannot be read, and `dropped_fields` names the field. Wrong types of what
 * the sender's own system chose, and of the action, stay as they are, for the schema to refuse.
 */
export function withinBounds(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return isWithinBounds(event) ? event : broughtWithinBounds(event)
}

/**
 * Whether nothing has to be done, as with nearly all events: asked field by field, which is several times faster than taming each. Where
 * it says no, taming decides.
 */
function isWithinBounds(event: Readonly<Record<string, unknown>>): boolean {
  return (
    isTame(event.tool, nameMax) &&
    isTame(event.action, nameMax) &&
    isTame(event.session, nameMax) &&
    isTame(event.trace, nameMax) &&
    isTame(event.privilege, nameMax) &&
    isTame(event.resource, longTextMax) &&
    isTameList(event.destinations, namesMax, longTextMax, 1) &&
    isTameList(event.argument_names, namesMax, nameMax, 1) &&
    isTameList(event.result_values, sessionValuesMax, valueMax, 3) &&
    isTameList(event.request_values, sessionValuesMax, valueMax, 3) &&
    isTameList(event.context_values, sessionValuesMax, valueMax, 3) &&
    isNone(event.argument_values) &&
    isNone(event.signals) &&
    isNone(event.dropped_fields) &&
    areTameScopes(event.credential)
  )
}

const isTame = (given: unknown, characters: number): boolean =>
  isNone(given) || (typeof given === 'string' && given !== '' && given.length <= characters && isPlain(given))

function isTameList(given: unknown, items: number, characters: number, least: number): boolean {
  if (isNone(given)) return true
  if (!Array.isArray(given) || given.length > items) return false
  for (let at = 0; at < given.length; at++) {
    const item: unknown = given[at]
    if (typeof item !== 'string' || item.length < least || !isTame(item, characters)) return false
  }
  return true
}

const areTameScopes = (credential: unknown): boolean =>
  typeof credential !== 'object' ||
  credential === null ||
  !('scopes' in credential) ||
  isTameList(credential.scopes, namesMax, nameMax, 1)

function broughtWithinBounds(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const changed: Record<string, unknown> = {}
  const dropped: string[] = []
  for (const [field, { characters, named }] of chosenTexts) {
    const given = event[field]
    const tamed = given === '' ? named : chosenText(given, characters)
    if (tamed !== given) changed[field] = tamed
    if (typeof given === 'string' || isNone(given) || field === 'action') continue
    changed[field] = undefined
    dropped.push(field)
  }
  for (const [field, bounds] of chosenLists) {
    const tamed = tameList(event[field], bounds, () => drop(dropped, field))
    if (tamed !== event[field]) changed[field] = tamed
  }
  const values = tameValues(event.argument_values, () => drop(dropped, 'argument_values'))
  if (values !== event.argument_values) changed.argument_values = values
  const credential = tameScopes(event.credential, () => drop(dropped, 'credential.scopes'))
  if (credential !== event.credential) changed.credential = credential
  const signals = withoutUnknown(event.signals)
  if (signals !== event.signals) changed.signals = signals
  // Only what is read here was dropped: a sender's own word on it counts for nothing.
  if (dropped.length > 0 || !isNone(event.dropped_fields))
    changed.dropped_fields = dropped.length === 0 ? undefined : dropped
  return Object.keys(changed).length === 0 ? event : { ...event, ...changed }
}

const isNone = (value: unknown): value is null | undefined => value === undefined || value === null

function drop(dropped: string[], field: string): void {
  if (dropped.at(-1) !== field) dropped.push(field)
}

const longTextMax = 2048
const nameMax = 512
const namesMax = 64
const valuesMax = 64
const valueMax = 80

/** Kind of a hashed value that stands for others: those beyond a bound, or what was no hashed value. */
export const moreKind = 'more'
const moreValues = `${moreKind}:`
const sessionValuesMax = 256

/**
 * Whether a list of what an output, a request or the context held may be all of it: not where it is full, or says itself that it was cut or
 * that something in it could not be read. A sender that cuts one itself ends it with a value of kind `more`.
 */
export function isWholeList(values: readonly string[]): boolean {
  if (values.length >= sessionValuesMax) return false
  for (const value of values) if (value.startsWith(moreValues)) return false
  return true
}

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
  /** Fewest characters of an item; an empty one is left out. */
  readonly least: number
  /** Stands before the hash that stands for all items beyond the bound, and before the type of an item that is no text. */
  readonly rest: string
}

const names: ListBounds = { items: namesMax, characters: nameMax, least: 1, rest: 'more…#' }
const hashedValues = (items: number): ListBounds => ({ items, characters: valueMax, least: 3, rest: moreValues })

const argumentBounds = hashedValues(valuesMax)

/** Lists of texts, with the most items and characters that are kept. */
const chosenLists: readonly [string, ListBounds][] = [
  ['destinations', { ...names, characters: longTextMax }],
  ['argument_names', names],
  ['result_values', hashedValues(sessionValuesMax)],
  ['request_values', hashedValues(sessionValuesMax)],
  ['context_values', hashedValues(sessionValuesMax)],
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

/** Neither control characters nor surrogates: nearly every text, and recognised several times faster than by the expression. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || (unit >= 0xd800 && unit < 0xe000)) return false
  }
  return true
}

function tameList(given: unknown, bounds: ListBounds, onDropped: () => void): unknown {
  if (isNone(given)) return given
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const { items, rest } = bounds
  if (list === given && list.length <= items && list.every((item) => fits(item, bounds))) return given
  // A single text is read as a list of it, but not where hashes belong: it may be what should have been hashed.
  const isReadable = list === given || rest !== moreValues
  const tamed: string[] = []
  const unread = new Set<string>()
  for (const item of list) {
    const text = isReadable ? readText(item, bounds) : null
    if (text === '') continue
    const standIn = `${rest}${typeName(item)}`
    if (text === null && unread.has(standIn)) continue
    if (text === null) unread.add(standIn)
    tamed.push(text ?? standIn)
  }
  if (unread.size > 0) onDropped()
  return tamed.length > items ? [...tamed.slice(0, items - 1), restOf(tamed.slice(items - 1), rest)] : tamed
}

/** An item in its bounds; empty where it is, and null where it is no text or too short to be what belongs here. */
function readText(item: unknown, { characters, least }: ListBounds): string | null {
  if (typeof item !== 'string') return null
  if (item === '') return ''
  const text = String(chosenText(item, characters))
  return isShorter(text, least) ? null : text
}

const fits = (item: unknown, { characters, least }: ListBounds): boolean =>
  typeof item === 'string' && item !== '' && chosenText(item, characters) === item && !isShorter(item, least)

/** Fewer characters than `least`; a surrogate pair is one. */
const isShorter = (text: string, least: number): boolean =>
  text.length < least || (text.length < 2 * least && [...text].length < least)

/** The type and never the content: it may be what the sender should have hashed. */
const typeName = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'string' ? 'text' : typeof value

/**
 * One item for all that find no room, named by what they are: a list that the agent has filled up with what it usually does is
 * not the usual list, and what it put last must not be what nobody looks at.
 */
const restOf = (items: readonly unknown[], before: string): string =>
  `${before}${hash('sha256', JSON.stringify(items), 'hex').slice(0, 12)}`

function tameValues(value: unknown, onDropped: () => void): unknown {
  if (isNone(value)) return value
  if (typeof value !== 'object' || Array.isArray(value)) {
    onDropped()
    return undefined
  }
  const entries = Object.entries(value)
  const tamed = entries.map(([name, list]): [string, unknown] => [
    argumentName(name),
    // That an argument was there is known, so something stands for what it held.
    tameList(list === null ? [null] : list, argumentBounds, onDropped),
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
      [restOf(rest, moreValues)],
    ],
  ]
}

/** A signal that is `null` is unknown, as any field is: a guard that fails on what it reads must not hide the call. */
function withoutUnknown(signals: unknown): unknown {
  if (typeof signals !== 'object' || signals === null || Array.isArray(signals)) return signals
  const entries = Object.entries(signals)
  const known = entries.filter(([, level]) => level !== null)
  return known.length === entries.length ? signals : Object.fromEntries(known)
}

/** What scopes a credential has, the agent asked for; whose it is, its issuer says. */
function tameScopes(credential: unknown, onDropped: () => void): unknown {
  if (typeof credential !== 'object' || credential === null || !('scopes' in credential)) return credential
  const scopes = tameList(credential.scopes, names, onDropped)
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
      Array.isArray(before) && Array.isArray(list) ? tameList([...before, ...list], argumentBounds, () => {}) : list
    named.set(name, before === undefined || Array.isArray(before) ? both : before)
  }
  return Object.fromEntries(named)
}
