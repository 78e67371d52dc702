import type { Mapping } from '@straylight/schemas/mapping'
import { type Format, isFault } from '../formats/format.ts'
import type { FieldTable } from '../formats/table/field-table.ts'
import { pairsOf } from '../formats/table/logfmt.ts'
import { readByTable } from '../formats/table/read-by-table.ts'
import { codeText, isNothing, type Source } from '../formats/table/source.ts'
import type { Fault } from '../record/event-draft.ts'
import type { JsonObject } from '../record/field-reader.ts'
import { selected } from './selector.ts'

type MappedSource = NonNullable<Mapping['fields'][keyof Mapping['fields']]>
type Condition = (record: JsonObject) => boolean

/** A mapping as a format: what it reads is data, and what it reads is checked as any format's is. */
export function mappingFormat(mapping: Mapping): Format {
  const { name, title, text, when, pass_over } = mapping
  const conditions = Object.entries(when).map(([selector, wanted]) => conditionOf(selector, wanted))
  const passed = Object.entries(pass_over ?? {}).map(([selector, wanted]) => conditionOf(selector, wanted, 'all'))
  const read = readByTable(tableOf(mapping.fields))
  const detect = (value: JsonObject): boolean => conditions.every((holds) => holds(value))
  return {
    name,
    title: title ?? name,
    // Mappings are few, and asked only for what no other format is.
    marks: [],
    detect,
    ...(text === undefined ? {} : { decode: (bytes: Buffer) => lineOf(bytes, detect) }),
    read: (value) => (passed.length > 0 && passed.every((holds) => holds(value)) ? { passed_over: name } : read(value)),
  }
}

/** Longer lines are no pairs that somebody wrote for a log. */
const lineBytesMax = 16_384

/** The pairs of a line, where they are a record of the mapping. */
function lineOf(bytes: Buffer, detect: (value: JsonObject) => boolean): { json: unknown } | Fault | null {
  if (bytes.length > lineBytesMax || !bytes.includes(0x3d)) return null
  const line = bytes.toString('utf8').trimEnd()
  const json = line.includes('\n') ? null : pairsOf(line)
  if (json === null) return null
  if (isFault(json)) return json
  return detect(json) ? { json } : null
}

/** `all`: of several that are found none may say otherwise, for a word beside the true one must not hide a record. */
function conditionOf(selector: string, wanted: Mapping['when'][string], of: 'some' | 'all' = 'some'): Condition {
  const find = selected(selector)
  if (wanted === null) return (record) => !isNothing(find(record))
  const values = new Set((Array.isArray(wanted) ? wanted : [wanted]).map(codeText))
  return (record) => {
    const found = find(record)
    const all: readonly unknown[] = Array.isArray(found) ? found : [found]
    const isWanted = (value: unknown) => !isNothing(value) && values.has(codeText(value))
    return of === 'some' ? all.some(isWanted) : all.length > 0 && all.every(isWanted)
  }
}

function tableOf(fields: Mapping['fields']): FieldTable {
  const sources: Record<string, Source | readonly Source[]> = {}
  for (const [field, source] of Object.entries(fields)) {
    const name = field.replace('.', '_')
    const isList = name === 'destinations' || name === 'names'
    sources[name] = isList ? (Array.isArray(source) ? source : [source]).map(sourceOf) : sourceOf(source)
  }
  // The schema asks for time, agent, system and action.
  return sources as unknown as FieldTable
}

function sourceOf(source: MappedSource): Source {
  if (typeof source === 'string') return selected(source)
  if (Array.isArray(source)) return source.map(sourceOf)
  if ('constant' in source) return { constant: source.constant }
  const at = typeof source.from === 'string' ? selected(source.from) : source.from.map(selected)
  return { at, values: source.values, ...(source.otherwise === undefined ? {} : { otherwise: source.otherwise }) }
}
