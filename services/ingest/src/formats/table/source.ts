import { isObject, type JsonObject } from '../../record/field-reader.ts'

/**
 * Where in a record something stands: names of fields with `/` between them, an item of a list by its number (`resources/0/uid`). Names
 * may hold dots: `mcp.target` is one.
 */
export type Path = string

/** What fills a field of an event: the first of a list that has something, or what a function makes of the whole record. */
export type Source = Path | Constant | ValueTable | SourceFunction | readonly Source[]
export type SourceFunction = (record: JsonObject) => unknown

/** The same for every record. */
export interface Constant {
  readonly constant: string
}

/** Codes and what they mean; a code that is not in the table gives `otherwise`, none nothing. */
export interface ValueTable {
  readonly at: Source
  readonly values: Readonly<Record<string, string>>
  readonly otherwise?: string
}

/** A source made ready to be asked often. */
export interface CompiledSource {
  /** Where it looks first, as a rejection names it; `null` where no one place is. */
  readonly path: string | null
  read(record: JsonObject): unknown
}

export function compileSource(source: Source): CompiledSource {
  if (typeof source === 'string') return compilePath(source)
  if (typeof source === 'function') return { path: null, read: source }
  // A list has an `at` of its own, so it is looked for first.
  if (isList(source)) return compileList(source)
  if ('constant' in source) return { path: null, read: () => source.constant }
  return compileTable(source)
}

const isList = (source: Constant | ValueTable | readonly Source[]): source is readonly Source[] => Array.isArray(source)

function compilePath(path: Path): CompiledSource {
  const names = path.split('/')
  const [first] = names
  if (names.length === 1 && first !== undefined) return { path, read: (record) => record[first] }
  return { path: names.join('.'), read: (record) => valueAt(record, names) }
}

/** What stands at a path; nothing where something on the way is no object and no list. */
export function valueAt(value: unknown, names: readonly string[]): unknown {
  let at = value
  for (let depth = 0; depth < names.length; depth++) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as JsonObject)[names[depth] as string]
  }
  return at
}

/** A list that maps values has no fields to inherit: a code such as `constructor` is in no table. */
function compileTable({ at, values, otherwise }: ValueTable): CompiledSource {
  const known = new Map(Object.entries(values))
  const { path, read } = compileSource(at)
  return {
    path,
    read(record) {
      const code = read(record)
      return isNothing(code) ? undefined : (known.get(codeText(code)) ?? otherwise)
    },
  }
}

function compileList(sources: readonly Source[]): CompiledSource {
  const compiled = sources.map(compileSource)
  return {
    path: compiled.find(({ path }) => path !== null)?.path ?? null,
    read(record) {
      for (let at = 0; at < compiled.length; at++) {
        const value = compiled[at]?.read(record)
        if (!isNothing(value)) return value
      }
      return undefined
    },
  }
}

/** What logs write where they have nothing to say. */
export function isNothing(value: unknown): boolean {
  if (typeof value === 'string') return value === '' || value === '-'
  return value === undefined || value === null || (isObject(value) && !hasFields(value))
}

function hasFields(value: JsonObject): boolean {
  for (const _ in value) return true
  return false
}

/** A code as text; nothing else is one. `String` would throw for an object that says how it is to be written. */
export const codeText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
