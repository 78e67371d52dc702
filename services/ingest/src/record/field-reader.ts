import { Outcome } from '@straylight/schemas/agent-event'
import { cutText } from '@straylight/schemas/cut-text'
import type { RejectionCode } from '@straylight/schemas/rejection'
import type { Fault } from './event-draft.ts'
import { timeOf } from './time-of.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text, number or truth value as text; nothing of anything else, which a sender may have made such that it has no text. */
export const scalarText = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

const outcomes: ReadonlySet<unknown> = new Set(Outcome.options)
const amountMax = 2 ** 50
const timeMin = 946_684_800_000
const timeMax = 4_102_444_800_000
const namesMax = 64

/**
 * Reads fields and keeps the first fault: the fast twin of the zod schema, which stays the truth (a property test
 * holds one against the other). `undefined` and `null` read as unknown; after a fault what is read means nothing.
 */
export class FieldReader {
  fault: Fault | null = null

  blame(path: string, reason: string, code: RejectionCode = 'invalid_field'): undefined {
    // A path can hold a name that the shipper invented.
    this.fault ??= { code, reason: `${cut(path)}: ${reason}`, path: cut(path) }
    return undefined
  }

  name(value: unknown, path: string, max = 512): string | undefined {
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') return this.blame(path, `must be a string, not ${jsonKindOf(value)}`)
    if (value.length === 0) return this.blame(path, 'must not be empty')
    if (isLonger(value, max)) return this.blame(path, `has more than ${max} characters`)
    if (!isPrintable(value)) return this.blame(path, 'must not hold control characters or half a surrogate pair')
    return value
  }

  requiredName(value: unknown, path: string): string {
    if (value === undefined || value === null) this.blame(path, 'is required')
    return this.name(value, path) ?? ''
  }

  tenant(value: unknown, path: string): string | undefined {
    const name = this.name(value, path)
    return name?.includes('|') ? this.blame(path, "must not hold '|'") : name
  }

  longText(value: unknown, path: string): string | undefined {
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') return this.blame(path, `must be a string, not ${jsonKindOf(value)}`)
    if (isLonger(value, 2048)) return this.blame(path, 'has more than 2048 characters')
    if (!isText(value)) return this.blame(path, 'must not hold NUL or half a surrogate pair')
    return value
  }

  amount(value: unknown, path: string): number | undefined {
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number') return this.blame(path, `must be a number, not ${jsonKindOf(value)}`)
    if (!Number.isInteger(value) || value < 0 || value > amountMax)
      return this.blame(path, `must be a whole number from 0 to 2^50, not ${value}`)
    // JSON can say -0, which is no other number of bytes.
    return value + 0
  }

  time(value: unknown, path: string, code: RejectionCode = 'invalid_field'): number | undefined {
    if (value === undefined || value === null) return undefined
    const time = typeof value === 'string' ? timeOf(value) : null
    if (time === null) return this.blame(path, 'must be a time such as 2026-11-22T10:00:00.000Z')
    if (time < timeMin || time > timeMax) return this.blame(path, 'must be a time from 2000 to 2100', code)
    return time
  }

  requiredTime(value: unknown, path: string): number {
    if (value === undefined || value === null) this.blame(path, 'is required')
    return this.time(value, path, 'time_out_of_range') ?? 0
  }

  outcome(value: unknown, path: string): Outcome | undefined {
    if (value === undefined || value === null) return undefined
    if (outcomes.has(value)) return value as Outcome
    return this.blame(path, 'must be success, failure or denied')
  }

  object(value: unknown, path: string): JsonObject | undefined {
    if (value === undefined || value === null) return undefined
    return isObject(value) ? value : this.blame(path, `must be an object, not ${jsonKindOf(value)}`)
  }

  /** A list whose items `read` checks one by one. */
  list<Item>(
    value: unknown,
    path: string,
    max: number,
    read: (item: unknown, path: string) => Item | undefined,
  ): Item[] | undefined {
    if (value === undefined || value === null) return undefined
    if (!Array.isArray(value)) return this.blame(path, `must be an array, not ${jsonKindOf(value)}`)
    if (value.length > max) return this.blame(path, `has ${value.length} items, at most ${max} are allowed`)
    const items: Item[] = []
    for (const item of value) {
      const at = `${path}.${items.length}`
      const checked = read(item, at)
      if (checked === undefined) return this.blame(at, `must not be ${item === '' ? 'empty' : jsonKindOf(item)}`)
      items.push(checked)
    }
    return items
  }

  names(value: unknown, path: string): string[] | undefined {
    // Nearly every list holds plain names only, and then needs no paths.
    if (arePlain(value, namesMax, 512)) return [...value]
    return this.list(value, path, namesMax, (item, at) => this.name(item, at))
  }

  longTexts(value: unknown, path: string, max: number): string[] | undefined {
    if (arePlain(value, max, 2048)) return [...value]
    return this.list(value, path, max, (item, at) => {
      const text = this.longText(item, at)
      return text === '' ? undefined : text
    })
  }

  /** A record of named things, 64 at most. `__proto__` is no name: copying it would set the copy's prototype. */
  named<Item>(
    value: unknown,
    path: string,
    read: (item: unknown, path: string) => Item | undefined,
  ): Record<string, Item> | undefined {
    const given = this.object(value, path)
    if (given === undefined) return undefined
    const keys = Object.keys(given)
    if (keys.length > namesMax) return this.blame(path, `has ${keys.length} names, at most ${namesMax} are allowed`)
    const named: Record<string, Item> = {}
    for (const key of keys) {
      if (key === '__proto__') return this.blame(`${path}.__proto__`, 'is not a name')
      if (this.name(key, `${path}.${key}`) === undefined) return this.blame(`${path}.${key}`, 'is not a name')
      const item = read(given[key], `${path}.${key}`)
      if (item === undefined) return this.blame(`${path}.${key}`, 'is required')
      named[key] = item
    }
    return named
  }
}

/** Whether a value is a list of texts of so many characters at most, none of them empty or with anything that needs a closer look. */
function arePlain(value: unknown, itemsMax: number, max: number): value is string[] {
  if (!Array.isArray(value) || value.length > itemsMax) return false
  for (let at = 0; at < value.length; at++) {
    const item: unknown = value[at]
    if (typeof item !== 'string' || item.length === 0 || item.length > max || !isOrdinary(item)) return false
  }
  return true
}

/** What a person calls the type of a JSON value. */
export function jsonKindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** More characters than `max`, counted like the schema counts: a surrogate pair is one. */
export function isLonger(text: string, max: number): boolean {
  if (text.length <= max) return false
  if (text.length > 2 * max) return true
  return [...text].length > max
}

/** Fits a path into a rejection, without characters that would break a line. */
function cut(path: string): string {
  return path.length > 300 || !isPrintable(path) ? cutText(path.replace(/[\p{Cc}\p{Cs}]/gu, '?'), 299) : path
}

/** Neither control characters nor surrogates. */
function isOrdinary(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || (unit >= 0xd800 && unit < 0xe000)) return false
  }
  return true
}

/** No control characters and no half surrogate pairs; the loop is several times faster than `/\p{Cc}/u`. */
function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return false
    if (unit >= 0xd800 && unit < 0xe000) return isText(text) && !/\p{Cc}/u.test(text)
  }
  return true
}

/** Valid as UTF-8, without NUL. */
function isText(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0) return false
    if (unit >= 0xd800 && unit < 0xe000) return !/[\0\p{Cs}]/u.test(text)
  }
  return true
}
