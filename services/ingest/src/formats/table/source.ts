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
  /** The same for records that have these names at their top and no others; `null` where it finds nothing in them. */
  among(names: ReadonlySet<string>): CompiledSource | null
}

export function compileSource(source: Source): CompiledSource {
  if (typeof source === 'string') return compilePath(source)
  if (typeof source === 'function') return everywhere({ path: null, read: source })
  // A list has an `at` of its own, so it is looked for first.
  if (isList(source)) return compileList(source)
  if ('constant' in source) return everywhere({ path: null, read: () => source.constant })
  return compileTable(source)
}

/** A source that has to be asked whatever names a record has. */
function everywhere(source: Pick<CompiledSource, 'path' | 'read'>): CompiledSource {
  const made: CompiledSource = { ...source, among: () => made }
  return made
}

const isList = (source: Constant | ValueTable | readonly Source[]): source is readonly Source[] => Array.isArray(source)

function compilePath(path: Path): CompiledSource {
  const names = path.split('/')
  const [first = ''] = names
  const made: CompiledSource = {
    path: names.join('.'),
    read: names.length === 1 ? (record) => record[first] : (record) => valueAt(record, names),
    // A list of values is no record, and has no names.
    among: (top) => (top.has(first) ? made : null),
  }
  return made
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
  return tableOf(compileSource(at), new Map(Object.entries(values)), otherwise)
}

function tableOf(
  at: CompiledSource,
  known: ReadonlyMap<string, string>,
  otherwise: string | undefined,
): CompiledSource {
  return {
    path: at.path,
    read(record) {
      const code = at.read(record)
      return isNothing(code) ? undefined : (known.get(codeText(code)) ?? otherwise)
    },
    among(names) {
      const inner = at.among(names)
      return inner === null ? null : tableOf(inner, known, otherwise)
    },
  }
}

const compileList = (sources: readonly Source[]): CompiledSource => firstOf(sources.map(compileSource))

function firstOf(sources: readonly CompiledSource[]): CompiledSource {
  return {
    path: sources.find(({ path }) => path !== null)?.path ?? null,
    read(record) {
      for (let at = 0; at < sources.length; at++) {
        const value = sources[at]?.read(record)
        if (!isNothing(value)) return value
      }
      return undefined
    },
    among(names) {
      const left = sources.flatMap((source) => source.among(names) ?? [])
      return left.length > 1 ? firstOf(left) : (left[0] ?? null)
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
