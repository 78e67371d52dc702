import { isObject, type JsonObject } from '../record/field-reader.ts'

/**
 * The records of a list as Fluent Bit and Fluentd write them: `[time, record]`, `[[time, metadata], record]`, and those of the forward
 * protocol, `[tag, time, record]` and `[tag, [entry, …], options]`. `null` where a list is none.
 */
export function fluentRecords(list: readonly unknown[]): readonly JsonObject[] | null {
  const [first, second, third] = list
  if (list.length > 4) return null
  const entry = entryOf(list)
  if (entry !== null) return [entry]
  if (typeof first !== 'string') return null
  if (isTime(second) && isObject(third)) return [third]
  if (!Array.isArray(second) || second.length === 0) return null
  const records = second.map((one: unknown) => (Array.isArray(one) ? entryOf(one) : null))
  return records.every((one) => one !== null) ? records : null
}

function entryOf([time, record, ...others]: readonly unknown[]): JsonObject | null {
  const isEntry = isTime(time) || (Array.isArray(time) && isTime(time[0]) && time.length <= 2)
  return isEntry && others.length === 0 && isObject(record) ? record : null
}

/** Seconds since 1970, from 2001 on. */
const isTime = (value: unknown): boolean => typeof value === 'number' && value > 1e9
