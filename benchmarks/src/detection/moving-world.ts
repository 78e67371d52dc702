import { createHash } from 'node:crypto'
import type { StreamEvent } from './stream-event.ts'

/**
 * The same stream in a world that moves. In a recorded benchmark the same customers, orders and files come back in
 * every session, so an attacker's value stands out by being new; in life most values are new. Half of all values
 * that tools' outputs carry get another name in each session, wherever they stand, and destinations with them, in
 * warm-up and test, attack and benign alike. Ids, order, sizes and kinds stay, so the same labels hold.
 */
export function movingWorld(events: readonly StreamEvent[]): StreamEvent[] {
  const moving = movingValues(events)
  const carried = valuesOfDestinations(events)
  return events.map((event) => {
    const renamed = (value: string) => (moving.has(value) ? renamedValue(value, event.session) : value)
    const list = (values: readonly string[] | undefined) => values?.map(renamed)
    const lists = {
      arg_values: list(event.arg_values),
      result_values: list(event.result_values),
      request_values: list(event.request_values),
      context_values: list(event.context_values),
      dest: event.dest?.map((destination) => {
        const value = carried.get(destination)
        return value !== undefined && moving.has(value)
          ? renamedDestination(destination, value, event.session)
          : destination
      }),
    }
    return { ...event, ...lists }
  })
}

const hexOf = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits)

/** Half of what outputs carry, chosen by the value alone, so that a value moves everywhere or nowhere. */
function movingValues(events: readonly StreamEvent[]): Set<string> {
  const moving = new Set<string>()
  for (const { result_values = [] } of events) {
    for (const value of result_values) if (Number.parseInt(hexOf(value, 2), 16) < 128) moving.add(value)
  }
  return moving
}

/**
 * Destinations stand in clear, arguments as hashes: the value of a destination is the one that every call with it
 * carries, and of several the one used least elsewhere. A destination without such a value has none.
 */
function valuesOfDestinations(events: readonly StreamEvent[]): Map<string, string> {
  const uses = new Map<string, number>()
  const always = new Map<string, Set<string>>()
  for (const { arg_values = [], dest = [] } of events) {
    const values = new Set(arg_values)
    for (const value of values) uses.set(value, (uses.get(value) ?? 0) + 1)
    for (const destination of dest) {
      const before = always.get(destination)
      always.set(destination, before ? new Set([...before].filter((value) => values.has(value))) : values)
    }
  }
  const carried = new Map<string, string>()
  for (const [destination, values] of always) {
    const rarest = [...values].reduce<string | undefined>(
      (best, value) => (best === undefined || (uses.get(value) ?? 0) < (uses.get(best) ?? 0) ? value : best),
      undefined,
    )
    if (rarest !== undefined) carried.set(destination, rarest)
  }
  return carried
}

const renamedValue = (value: string, session: string): string =>
  `${value.slice(0, value.indexOf(':'))}:${hexOf(session + value, 8)}`

/** Keeps the shape by which destinations are compared: mail, web address, extension of a file, country of an account. */
function renamedDestination(destination: string, value: string, session: string): string {
  const name = hexOf(session + value, 8)
  if (destination.includes('@')) return `${name}@${name}.example`
  if (/^(https?:\/\/|www\.)/.test(destination)) return `https://${name}.example/${name}`
  const extension = /\.\w{1,5}$/.exec(destination)?.[0] ?? ''
  const country = /^[A-Z]{2}(?=\d)/.exec(destination)?.[0]
  const isNumber = country !== undefined || /^\d+$/.test(destination)
  return (country ?? '') + (isNumber ? String(Number.parseInt(name, 16)) : name) + extension
}
