import { isDeepStrictEqual } from 'node:util'
import type { Mapping } from '@straylight/schemas/mapping'
import { isFault, isPassedOverRecord } from '../formats/format.ts'
import { momentOf } from '../formats/table/moment-of.ts'
import { mappingFormat } from './mapping-format.ts'

/** What is wrong with each test of a mapping that fails: its number, what it expects and what came. */
export function failedTests(mapping: Mapping): string[] {
  const format = mappingFormat(mapping)
  return mapping.tests.flatMap(({ record, expect }, at) => {
    const which = `test ${at + 1}`
    if (!format.detect(record)) return [`${which}: its record does not meet the conditions under "when"`]
    const read = format.read(record, {})
    if (isPassedOverRecord(read)) return expect === 'passed over' ? [] : [`${which}: its record is passed over`]
    if (isFault(read)) return expect === 'rejected' ? [] : [`${which}: its record is rejected: ${read.reason}`]
    if (typeof expect === 'string') return [`${which}: its record is an event, and not ${expect}`]
    return Object.entries(expect).flatMap(([field, wanted]) => differences(which, field, wanted, read))
  })
}

function differences(which: string, field: string, wanted: unknown, event: object): string[] {
  let found: unknown = event
  for (const name of field.split('.')) found = Object(found)[name] as unknown
  const isTime = field === 'time' || field.endsWith('_at')
  const meant = isTime ? timeOf(wanted) : wanted
  if (isDeepStrictEqual(plain(found), plain(meant))) return []
  return [
    `${which}: ${field} is ${shown(isTime && typeof found === 'number' ? new Date(found).toISOString() : found)}, and not ${shown(wanted)}`,
  ]
}

const timeOf = (value: unknown): unknown => {
  const moment = momentOf(value)
  return typeof moment === 'string' ? Date.parse(moment) : moment
}

/** Without what is undefined, as JSON leaves it out. */
const plain = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))
const shown = (value: unknown): string => (value === undefined ? 'unknown' : JSON.stringify(value))
