import type { Fault } from '../record/event-draft.ts'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { twiceNamed } from './twice-named.ts'

/** A row by the names of its columns, each of which stands once. */
export function rowOf(names: readonly unknown[], cells: readonly unknown[]): JsonObject {
  const row: Record<string, unknown> = Object.create(null)
  names.forEach((name, at) => {
    if (typeof name === 'string' && cells[at] !== undefined) row[name] ??= cells[at]
  })
  return row
}

/**
 * A row of CloudWatch Logs Insights, which is a list of fields with their values: its line stands in `@message`. `null` where a list is
 * none.
 */
export function rowOfFields(list: readonly unknown[]): JsonObject | Fault | null {
  if (!list.every(isField)) return null
  const names = list.map(({ field }) => (field === '@message' ? 'message' : field))
  const values = list.map(({ value }) => value)
  return twiceNamed(names) ?? rowOf(names, values)
}

const isField = (value: unknown): value is JsonObject =>
  isObject(value) && typeof value.field === 'string' && 'value' in value
