/**
 * Brings what the acting agent itself chose into its bounds instead of refusing the event for it: destinations, argument
 * names, resource and hashed values. A hijacked agent must not hide a call by an address of 3,000 characters, a line
 * break in it, or an argument without a name. Wrong types stay as they are, for the schema to refuse.
 */
export function withinBounds(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const changed: Record<string, unknown> = {}
  for (const [field, { items, characters }] of chosenLists) {
    const tamed = tameList(event[field], items, characters)
    if (tamed !== event[field]) changed[field] = tamed
  }
  const resource = tameText(event.resource, longTextMax)
  if (resource !== event.resource) changed.resource = resource
  const values = tameValues(event.argument_values)
  if (values !== event.argument_values) changed.argument_values = values
  return Object.keys(changed).length === 0 ? event : { ...event, ...changed }
}

const longTextMax = 2048
const namesMax = 64

/** Lists of texts, with the most items and characters that are kept. */
const chosenLists: readonly [string, { items: number; characters: number }][] = [
  ['destinations', { items: 64, characters: longTextMax }],
  ['argument_names', { items: namesMax, characters: 512 }],
  ['result_values', { items: 256, characters: 80 }],
  ['request_values', { items: 256, characters: 80 }],
  ['context_values', { items: 256, characters: 80 }],
]

/** Control characters and half surrogate pairs, which no name may hold. */
const unprintable = /[\p{Cc}\p{Cs}]/u
const unprintables = /[\p{Cc}\p{Cs}]+/gu

function tameText(value: unknown, characters: number): unknown {
  if (typeof value !== 'string') return value
  const printable = unprintable.test(value) ? value.replace(unprintables, ' ').trim() : value
  return printable.length > characters ? printable.slice(0, characters).replace(/[\ud800-\udbff]$/, '') : printable
}

function tameList(value: unknown, items: number, characters: number): unknown {
  if (!Array.isArray(value)) return value
  const list: unknown[] = value.length > items ? value.slice(0, items) : value
  const fits = list === value && list.every((item) => item !== '' && tameText(item, characters) === item)
  return fits ? value : list.map((item) => tameText(item, characters)).filter((item) => item !== '')
}

function tameValues(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  const tamed = entries
    .slice(0, namesMax)
    .map(([name, list]): [string, unknown] => [String(tameText(name, 512)) || 'unnamed', tameList(list, 64, 80)])
  const same =
    tamed.length === entries.length &&
    tamed.every(([name, list], at) => name === entries[at]?.[0] && list === entries[at]?.[1])
  return same ? value : Object.fromEntries(tamed)
}
