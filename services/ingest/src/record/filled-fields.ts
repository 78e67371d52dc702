import { isObject } from './field-reader.ts'

/** What ingest itself writes on every event. */
const made: ReadonlySet<string> = new Set([
  'format',
  'registered',
  'content_hash',
  'proven',
  'position',
  'dropped_fields',
])
/** Fields with fields of their own. */
const nested: ReadonlySet<string> = new Set(['credential', 'source'])

/** The fields of an event that its record filled, in the order of the schema; those of a credential and a source as `credential.id`. */
export function filledFields(event: object): string[] {
  return Object.entries(event).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || made.has(name)) return []
    if (!nested.has(name) || !isObject(value)) return [name]
    return Object.keys(value).flatMap((inner) => (value[inner] === undefined ? [] : [`${name}.${inner}`]))
  })
}
